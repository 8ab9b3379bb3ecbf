import { Button, Select, Textarea } from '@mantine/core';
import { IconArrowBackUp, IconDeviceFloppy, IconPlugConnected } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useBlocker, useNavigate, useSearch } from '@tanstack/react-router';
import { type KeyboardEvent, useCallback, useRef, useState } from 'react';
import { bitOf, type Column, columns } from '../../fhir/columns.ts';
import { ApiProblem, api } from '../../ui/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { DateField } from '../../ui/DateField.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { CellLegend, type CellState, PermissionCell } from '../../ui/PermissionCell.tsx';
import { SidePanel } from '../../ui/SidePanel.tsx';
import { TriStateToggle } from '../../ui/TriStateToggle.tsx';
import { triStateOf } from '../../ui/tri-state.ts';
import type { ListedUser, PermissionOffice, PermissionRow, ProviderPermissions } from '../contract/security.ts';
import { AddIntegration } from './AddIntegration.tsx';
import { type CellChange, cellChanges, keyOf, type Pending, rowAfter, toggled, withRow } from './pending-changes.ts';

const columnKey = (column: Column) => `frame.column.${column.toLowerCase()}` as `frame.column.${Lowercase<Column>}`;
const opensKey = (column: Column) => `emr.opens.${column.toLowerCase()}` as `emr.opens.${Lowercase<Column>}`;

/** *Users > Manage Security*: the sidebar, the *Users* dropdown and the tab *Provider Permissions* of the chosen user. */
export function ManageSecurityPage() {
  const t = useT();
  const { user } = useSearch({ strict: false }) as { user?: string };
  const navigate = useNavigate();
  const users = useQuery({ queryKey: ['users'], queryFn: () => api<ListedUser[]>('/api/users') });
  if (users.isPending) return <LoadingBlock />;
  if (users.isError) return <Forbidden problem={users.error} />;
  const labelOf = (one: ListedUser) =>
    one.kind === 'service'
      ? t('emr.security.integration-user', { name: one.username })
      : `${one.displayName} (${one.username})`;
  return (
    <div className="with-panel">
      <Page title={t('emr.security')}>
        <nav className="side row wrap" aria-label={t('emr.security')}>
          <a href="/security" aria-current="page">
            {t('emr.security.users')}
          </a>
        </nav>
        <div className="row wrap">
          <Select
            label={t('emr.security.users')}
            placeholder={t('emr.security.choose-user')}
            searchable
            value={user ?? null}
            data={users.data.map((one) => ({ value: one.userId, label: labelOf(one) }))}
            onChange={(chosen) => void navigate({ to: '/security', search: chosen ? { user: chosen } : {} })}
            w={360}
          />
          {!users.data.some((one) => one.kind === 'service') && <AddIntegration />}
        </div>
        {user === undefined && <p className="muted">{t('emr.security.choose-user')}</p>}
        {user !== undefined && <ProviderPermissionsTab key={user} userId={user} />}
      </Page>
    </div>
  );
}

function Forbidden({ problem }: { problem: unknown }) {
  const t = useT();
  const asked =
    problem instanceof ApiProblem && Array.isArray(problem.extra['administrators'])
      ? problem.extra['administrators']
      : [];
  return (
    <Page title={t('emr.security')}>
      <ErrorState problem={problem}>
        {asked.length > 0 && <p>{t('emr.security.ask', { names: asked.join(', ') })}</p>}
      </ErrorState>
    </Page>
  );
}

function ProviderPermissionsTab({ userId }: { userId: string }) {
  const t = useT();
  const queries = useQueryClient();
  const [pending, setPending] = useState<Pending>(new Map());
  const [reason, setReason] = useState('');
  const [conflict, setConflict] = useState<ProviderPermissions | undefined>();
  const [focused, setFocused] = useState<
    { office: PermissionOffice; row: PermissionRow; column: Column } | undefined
  >();
  const path = `/api/users/${encodeURIComponent(userId)}/provider-permissions`;
  const key = ['provider-permissions', userId];
  const matrix = useQuery({
    queryKey: key,
    queryFn: () => api<ProviderPermissions>(path),
    // What is being changed must not move underneath; a save by somebody else is found by its version.
    enabled: pending.size === 0,
  });
  const blocker = useBlocker({
    shouldBlockFn: () => pending.size > 0,
    enableBeforeUnload: () => pending.size > 0,
    withResolver: true,
  });
  const save = useMutation({
    mutationFn: (version: string) =>
      api<ProviderPermissions>(path, {
        method: 'PUT',
        ifMatch: `"${version}"`,
        body: {
          changes: [...pending].map(([place, row]) => {
            const [officeId, providerId] = place.split('/') as [string, string];
            return { officeId, providerId, ...row };
          }),
          ...(reason.trim() ? { reason: reason.trim() } : {}),
        },
      }),
    onSuccess: (saved) => {
      setPending(new Map());
      setReason('');
      setConflict(undefined);
      queries.setQueryData(key, saved);
    },
    onError: (error) => {
      if (error instanceof ApiProblem && error.status === 412)
        setConflict(error.extra['current'] as ProviderPermissions);
    },
  });
  const grid = useRef<HTMLTableElement>(null);
  const move = useCallback((event: KeyboardEvent<HTMLButtonElement>) => {
    const step = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0], ArrowUp: [-1, 0] }[event.key];
    if (!step) return;
    event.preventDefault();
    const rows = [...(grid.current?.querySelectorAll('tr[data-row]') ?? [])];
    const at = rows.findIndex((row) => row.contains(event.currentTarget));
    const cells = (row: Element | undefined) => [...(row?.querySelectorAll<HTMLButtonElement>('button.cell') ?? [])];
    const column = cells(rows[at]).indexOf(event.currentTarget);
    cells(rows[at + step[0]!])[column + step[1]!]?.focus();
  }, []);
  if (matrix.isPending) return <LoadingBlock />;
  if (matrix.isError) return <Forbidden problem={matrix.error} />;
  const { data } = matrix;
  const places = data.offices.flatMap((office) => office.rows.map((row) => ({ office, row })));
  const changes = cellChanges(data, pending);
  const stateOf = (row: PermissionRow, after: number, column: Column): CellState => {
    const was = (row.columns & bitOf[column]) !== 0;
    const is = (after & bitOf[column]) !== 0;
    if (was !== is) return is ? 'will-grant' : 'will-take';
    if (is) return row.lapsed ? 'lapsed' : 'held';
    return data.isIntegrationUser ? 'needed' : 'not-held';
  };
  const held = (some: typeof places, column: Column) =>
    some.filter(({ office, row }) => (rowAfter(pending, office, row).columns & bitOf[column]) !== 0).length;
  return (
    <>
      <h2 id="provider-permissions">{t('emr.permissions')}</h2>
      {data.isIntegrationUser ? (
        <Banner icon={IconPlugConnected}>{t('emr.permissions.is-integration')}</Banner>
      ) : (
        <Banner tone="amber">{t('emr.permissions.not-integration', { name: data.user.displayName })}</Banner>
      )}
      {conflict && (
        <Conflict
          theirs={conflict}
          mine={data}
          changes={changes}
          onKeep={() => save.mutate(conflict.version)}
          onDrop={() => {
            setPending(new Map());
            setConflict(undefined);
            queries.setQueryData(key, conflict);
          }}
        />
      )}
      <div className="scroll-x">
        <table className="data" ref={grid} aria-labelledby="provider-permissions">
          <thead>
            <tr>
              <th scope="col">{t('emr.permissions.schedule')}</th>
              {columns.map((column) => (
                <th key={column} scope="col">
                  {t(columnKey(column))}{' '}
                  <TriStateToggle
                    state={triStateOf(held(places, column), places.length)}
                    name={t('emr.permissions.all-of-column', { column: t(columnKey(column)) })}
                    onToggle={() => setPending(toggled(pending, places, bitOf[column]))}
                  />
                </th>
              ))}
              <th scope="col">{t('emr.permissions.access-until')}</th>
            </tr>
          </thead>
          {data.offices.map((office) => {
            const rows = office.rows.map((row) => ({ office, row }));
            return (
              <tbody key={office.officeId}>
                <tr className="group">
                  <th scope="rowgroup">
                    <TriStateToggle
                      state={triStateOf(
                        columns.reduce((sum, column) => sum + held(rows, column), 0),
                        rows.length * columns.length,
                      )}
                      name={t('emr.permissions.all-of-office', { office: office.name })}
                      onToggle={() => setPending(toggled(pending, rows, 63))}
                    />{' '}
                    {office.name}
                    {!office.member && <span className="t-red"> {t('emr.permissions.no-member')}</span>}
                  </th>
                  {columns.map((column) => (
                    <td key={column}>
                      <TriStateToggle
                        state={triStateOf(held(rows, column), rows.length)}
                        name={t('emr.permissions.column-in-office', {
                          column: t(columnKey(column)),
                          office: office.name,
                        })}
                        onToggle={() => setPending(toggled(pending, rows, bitOf[column]))}
                      />
                    </td>
                  ))}
                  <td />
                </tr>
                {office.rows.map((row) => {
                  const after = rowAfter(pending, office, row);
                  return (
                    <tr key={row.providerId} data-row>
                      <th scope="row">
                        <TriStateToggle
                          state={triStateOf(
                            columns.filter((column) => (after.columns & bitOf[column]) !== 0).length,
                            columns.length,
                          )}
                          name={t('emr.permissions.all-of-row', { provider: row.display, office: office.name })}
                          onToggle={() => setPending(toggled(pending, [{ office, row }], 63))}
                        />{' '}
                        {row.display}
                        {row.lapsed && <span className="small t-red"> {t('emr.permissions.lapsed')}</span>}
                      </th>
                      {columns.map((column) => (
                        <td key={column}>
                          <PermissionCell
                            state={stateOf(row, after.columns, column)}
                            name={`${t(columnKey(column))}, ${row.display}, ${office.name}`}
                            onToggle={() => setPending(toggled(pending, [{ office, row }], bitOf[column]))}
                            onFocus={() => setFocused({ office, row, column })}
                            onKeyDown={move}
                          />
                        </td>
                      ))}
                      <td>
                        <DateField
                          label={`${t('emr.permissions.access-until')}, ${row.display}, ${office.name}`}
                          hideLabel
                          value={after.accessUntilDay ?? ''}
                          onChange={(date) =>
                            setPending(withRow(pending, office, row, { ...after, accessUntilDay: date || null }))
                          }
                        />
                      </td>
                    </tr>
                  );
                })}
              </tbody>
            );
          })}
        </table>
      </div>
      <p className="small muted" role="status">
        {focused
          ? `${t(columnKey(focused.column))} · ${focused.row.display} · ${focused.office.name}. ${t(opensKey(focused.column))}`
          : t('emr.permissions.keys')}
      </p>
      <CellLegend />
      <SidePanel
        title={t('emr.permissions.pending', { count: pending.size })}
        actions={
          pending.size > 0 && (
            <Button variant="subtle" onClick={() => setPending(new Map())}>
              {t('emr.permissions.discard')}
            </Button>
          )
        }
      >
        {pending.size === 0 && <p className="muted">{t('emr.permissions.nothing-pending')}</p>}
        <ul className="stack g1">
          {changes.map(({ office, row, column, granted }) => (
            <li key={`${keyOf(office.officeId, row.providerId)}/${column}`} className="row">
              <span className="grow s13">
                {office.name}, {row.display}: <b className={granted ? 't-green' : 't-red'}>{t(columnKey(column))}</b>{' '}
                {t(granted ? 'frame.cell.will-grant' : 'frame.cell.will-take')}
              </span>
              <Button
                variant="subtle"
                aria-label={t('emr.permissions.undo', { column: t(columnKey(column)), provider: row.display })}
                onClick={() => setPending(toggled(pending, [{ office, row }], bitOf[column]))}
              >
                <IconArrowBackUp size={16} aria-hidden />
              </Button>
            </li>
          ))}
        </ul>
        <Textarea
          label={t('emr.permissions.reason')}
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button
          fullWidth
          mt="sm"
          variant="filled"
          leftSection={<IconDeviceFloppy size={16} aria-hidden />}
          disabled={pending.size === 0 || conflict !== undefined}
          loading={save.isPending}
          onClick={() => save.mutate(data.version)}
        >
          {t('emr.permissions.save')}
        </Button>
        {save.isError && !conflict && <ErrorState problem={save.error} />}
        {save.isSuccess && pending.size === 0 && <p role="status">{t('emr.permissions.saved')}</p>}
      </SidePanel>
      <ConfirmDialog
        opened={blocker.status === 'blocked'}
        title={t('emr.permissions.leave')}
        confirmLabel={t('emr.permissions.discard')}
        danger
        onConfirm={() => blocker.proceed?.()}
        onCancel={() => blocker.reset?.()}
      >
        {t('emr.permissions.leave-detail', { count: pending.size })}
      </ConfirmDialog>
    </>
  );
}

/** Somebody saved before: what is there now beside what was ticked here. Nothing is lost until a person chooses. */
function Conflict({
  theirs,
  mine,
  changes,
  onKeep,
  onDrop,
}: {
  theirs: ProviderPermissions;
  mine: ProviderPermissions;
  changes: readonly CellChange[];
  onKeep: () => void;
  onDrop: () => void;
}) {
  const t = useT();
  const saved = new Map(
    theirs.offices.flatMap((office) =>
      office.rows.map((row) => [keyOf(office.officeId, row.providerId), row] as const),
    ),
  );
  const theirChanges = mine.offices.flatMap((office) =>
    office.rows.flatMap((row) => {
      const now = saved.get(keyOf(office.officeId, row.providerId));
      return columns.flatMap((column) =>
        now && (now.columns & bitOf[column]) !== (row.columns & bitOf[column])
          ? [{ office, row, column, granted: (now.columns & bitOf[column]) !== 0 }]
          : [],
      );
    }),
  );
  const list = (some: readonly CellChange[]) => (
    <ul>
      {some.map(({ office, row, column, granted }) => (
        <li key={`${office.officeId}/${row.providerId}/${column}`}>
          {office.name}, {row.display}: {t(columnKey(column))} {granted ? '+' : '−'}
        </li>
      ))}
    </ul>
  );
  return (
    <Banner
      tone="amber"
      announce="alert"
      actions={
        <>
          <Button onClick={onKeep}>{t('emr.conflict.keep')}</Button>
          <Button onClick={onDrop}>{t('emr.conflict.drop')}</Button>
        </>
      }
    >
      <b>{t('emr.conflict.title')}</b>
      <p>{t('emr.conflict.theirs')}</p>
      {list(theirChanges)}
      <p>{t('emr.conflict.mine')}</p>
      {list(changes)}
    </Banner>
  );
}
