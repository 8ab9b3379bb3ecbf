import { Button } from '@mantine/core';
import { IconBuilding, IconPlugConnected } from '@tabler/icons-react';
import { useBlocker } from '@tanstack/react-router';
import { useCallback, useMemo, useState } from 'react';
import { ApiProblem } from '../../../ui/api.ts';
import { Banner } from '../../../ui/Banner.tsx';
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { Sentence, useT } from '../../../ui/language.tsx';
import { CellLegend } from '../../../ui/PermissionCell.tsx';
import type { FixProposal } from '../../contract/fix-requests.ts';
import type { ProviderPermissions as Matrix } from '../../contract/security.ts';
import { ReplaceCredentials } from '../integrations/ReplaceCredentials.tsx';
import { useWallClock } from '../office-time.ts';
import { ConflictChooser } from './ConflictChooser.tsx';
import { CopyFrom } from './CopyFrom.tsx';
import { withCopy } from './copy.ts';
import { FixCard } from './FixCard.tsx';
import { proposedAtFirst } from './fix-proposal.ts';
import { OfficesDialog } from './OfficesDialog.tsx';
import { PendingPanel } from './PendingPanel.tsx';
import { PermissionTable } from './PermissionTable.tsx';
import { noChanges, type Place, placesOf, requestOf } from './pending-changes.ts';
import { useProviderPermissions, useSavePermissions } from './permissions.queries.ts';
import { everyRow, shows, TableFilter } from './TableFilter.tsx';
import { usePendingChanges } from './use-pending-changes.ts';

/** The tab *Provider Permissions* of one user. */
export function ProviderPermissions({
  userId,
  cell,
  fix,
}: {
  userId: string;
  cell?: string | undefined;
  /** A request, of which everything is pending at first. */
  fix?: FixProposal;
}) {
  const { data, error, refetch } = useProviderPermissions(userId);
  if (data) return <Editor latest={data} cell={cell} fix={fix} />;
  return (
    <div className="security-main">
      {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
    </div>
  );
}

/** When the last of the rows was changed, by the wall clock of its office. */
function LastChange({ matrix }: { matrix: Matrix }) {
  const t = useT();
  const wall = useWallClock();
  const last = placesOf(matrix).reduce<Place | undefined>(
    (found, place) => ((place.row.changedAt ?? '') > (found?.row.changedAt ?? '') ? place : found),
    undefined,
  );
  if (!last || last.row.changedAt === null) return null;
  const when = wall(last.row.changedAt, last.office.zone);
  return <span className="small muted">{t('emr.permissions.last-saved', { version: matrix.version, when })}</span>;
}

const states = ['held', 'not-held', 'needed', 'will-grant', 'will-take', 'lapsed'] as const;

const reasonOf = (t: ReturnType<typeof useT>, { gaps, clientName }: FixProposal): string =>
  gaps.length === 0
    ? t('fix.emr.reason.remove', { client: clientName })
    : t('fix.emr.reason', { gaps: gaps.slice(0, 20).join(', ') });

/** Offices of a request that the clinic has and the user is not of. */
const joinsOf = (matrix: Matrix, fix: FixProposal | undefined): ReadonlySet<string> =>
  new Set(
    matrix.offices
      .filter(({ officeId, member }) => !member && fix?.offices.some((one) => one.officeId === officeId))
      .map(({ officeId }) => officeId),
  );

function Editor({ latest, cell, fix }: { latest: Matrix; cell: string | undefined; fix: FixProposal | undefined }) {
  const t = useT();
  const { userId } = latest.user;
  const { matrix, pending, conflict, change, discard, resolve } = usePendingChanges(latest, (first) =>
    fix ? proposedAtFirst(first, fix) : noChanges,
  );
  const [asked, setJoins] = useState(() => joinsOf(latest, fix));
  // Somebody else may have made the user belong to one meanwhile.
  const joins = useMemo(
    () => new Set(matrix.offices.filter((one) => !one.member && asked.has(one.officeId)).map((one) => one.officeId)),
    [matrix, asked],
  );
  const isPending = pending.size + joins.size > 0;
  // As it will be with the offices that are pending: what a tick opens depends on it.
  const joined = useMemo<Matrix>(
    () =>
      joins.size === 0
        ? matrix
        : {
            ...matrix,
            offices: matrix.offices.map((one) => (joins.has(one.officeId) ? { ...one, member: true } : one)),
          },
    [matrix, joins],
  );
  const [shown, setShown] = useState(fix && pending.size > 0 ? { ...everyRow, which: 'changed' as const } : everyRow);
  const discardAll = () => {
    discard();
    setJoins(new Set());
  };
  const [offices, setOffices] = useState<{ readonly propose?: string | undefined } | undefined>();
  const save = useSavePermissions(userId);
  const blocker = useBlocker({
    shouldBlockFn: () => isPending,
    enableBeforeUnload: () => isPending,
    withResolver: true,
  });
  const onMembership = useCallback((officeId: string) => setOffices({ propose: officeId }), []);
  const onSave = (reason: string, onSaved: () => void) =>
    save.mutate(
      {
        version: matrix.version,
        changes: requestOf(matrix, pending),
        ...(joins.size > 0 && { joinOfficeIds: [...joins] }),
        ...(reason !== '' && { reason }),
      },
      {
        onSuccess: () => {
          discardAll();
          setShown(everyRow);
          onSaved();
        },
      },
    );
  // A conflict says itself what there is to do; beside it the refusal would say it twice.
  const refused = save.error instanceof ApiProblem && save.error.status === 412 && (conflict || !isPending);
  const { user, isIntegrationUser } = matrix;
  return (
    <>
      <div className="security-main">
        <div className="row wrap tab-head">
          <h2 id="provider-permissions">{t('emr.permissions')}</h2>
          <span className="grow" />
          <CopyFrom matrix={matrix} pending={pending} onCopy={(copy) => change((now) => withCopy(now, copy))} />
          <Button leftSection={<IconBuilding size={16} stroke={1.75} aria-hidden />} onClick={() => setOffices({})}>
            {t('emr.offices')}
          </Button>
          {isIntegrationUser && <ReplaceCredentials userId={userId} />}
        </div>
        {fix && (
          <FixCard fix={fix} matrix={matrix} pending={pending} joins={joins} onChange={change} onJoin={setJoins} />
        )}
        {isIntegrationUser ? (
          <Banner icon={IconPlugConnected}>
            <Sentence of="emr.permissions.is-integration" />
          </Banner>
        ) : (
          <Banner tone="amber">
            <Sentence of="emr.permissions.not-integration" params={{ name: user.displayName }} />
          </Banner>
        )}
        {conflict && (
          <ConflictChooser
            key={latest.version}
            conflict={conflict}
            onChoose={(cells, sides) => {
              save.reset();
              resolve(cells, sides);
            }}
            onDiscard={() => {
              save.reset();
              discardAll();
            }}
          />
        )}
        <div className="row wrap">
          <TableFilter
            places={placesOf(matrix)}
            pending={pending}
            integration={isIntegrationUser}
            shown={shown}
            onShow={setShown}
          />
          <span className="grow" />
          <LastChange matrix={matrix} />
        </div>
        <PermissionTable
          matrix={joined}
          pending={pending}
          shows={(place) => shows(shown, pending, place)}
          filtered={shown.which !== 'all' || shown.search.trim() !== ''}
          onChange={change}
          onMembership={onMembership}
          cell={cell}
        />
        <CellLegend states={isIntegrationUser ? states : states.filter((state) => state !== 'needed')} />
      </div>
      <PendingPanel
        matrix={joined}
        pending={pending}
        joins={joins}
        reasonAtFirst={fix && isPending ? reasonOf(t, fix) : ''}
        blocked={conflict !== undefined}
        saving={save.isPending}
        saved={save.isSuccess}
        problem={refused ? undefined : (save.error ?? undefined)}
        onChange={change}
        onDiscard={discardAll}
        onSave={onSave}
      />
      {offices && <OfficesDialog matrix={latest} propose={offices.propose} onClose={() => setOffices(undefined)} />}
      <ConfirmDialog
        opened={blocker.status === 'blocked'}
        title={t('emr.permissions.leave')}
        confirmLabel={t('emr.permissions.discard')}
        cancelLabel={t('emr.permissions.stay')}
        danger
        onConfirm={() => blocker.proceed?.()}
        onCancel={() => blocker.reset?.()}
      >
        {t('emr.permissions.leave-detail', { count: pending.size + joins.size })}
      </ConfirmDialog>
    </>
  );
}
