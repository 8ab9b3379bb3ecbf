import { Button, Checkbox } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconMailForward, IconMinus, IconX, type TablerIcon } from '@tabler/icons-react';
import { useState } from 'react';
import { type Column, columns } from '../../fhir/columns.ts';
import { columnName } from '../../language/column-name.ts';
import { listOf } from '../../language/lists.ts';
import { DataTable } from '../../ui/DataTable.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { ColumnUse, LeastPrivilege, Need, PrivilegeRow } from '../contract/least-privilege.ts';
import { useLeastPrivilege, useRequestFix } from './doctor-queries.ts';
import { dayAt } from './site-time.ts';

type State = 'held' | 'surplus' | 'missing' | 'none';
const signs: Readonly<Record<State, TablerIcon>> = {
  held: IconCheck,
  surplus: IconAlertTriangle,
  missing: IconX,
  none: IconMinus,
};

const cellKey = ({ officeId, providerId }: PrivilegeRow, column: Column) => `${officeId}/${providerId}/${column}`;
const keysOf = (rows: readonly PrivilegeRow[], only?: Column): string[] =>
  rows.flatMap((row) =>
    row.surplus.filter((column) => only === undefined || column === only).map((one) => cellKey(row, one)),
  );

interface Choosing {
  readonly chosen: ReadonlySet<string>;
  readonly choose: (keys: readonly string[], chosen: boolean) => void;
}

function stateOf(row: PrivilegeRow, column: Column, neededBy: LeastPrivilege['neededBy']): State {
  if (row.surplus.includes(column)) return 'surplus';
  if (row.granted.includes(column)) return 'held';
  return row.selected && neededBy[column].length > 0 ? 'missing' : 'none';
}

function Cell({
  row,
  column,
  data,
  choosing,
}: {
  row: PrivilegeRow;
  column: Column;
  data: LeastPrivilege;
  choosing: Choosing;
}) {
  const t = useT();
  const state = stateOf(row, column, data.neededBy);
  const Icon = signs[state];
  const key = cellKey(row, column);
  const use = row.used.find((one) => one.column === column);
  return (
    <td data-label={t(columnName(column))} data-state={state}>
      <span className="privilege-cell">
        {state === 'surplus' ? (
          <Checkbox
            size="xs"
            className="noprint"
            aria-label={t('privilege.choose-cell', {
              column: t(columnName(column)),
              provider: row.providerDisplay,
              office: row.officeName,
            })}
            checked={choosing.chosen.has(key)}
            onChange={(event) => choosing.choose([key], event.currentTarget.checked)}
          />
        ) : (
          <Icon size={14} stroke={2} role="img" aria-label={t(`privilege.state.${state}`)} />
        )}
        <span className="small">
          {state === 'surplus' && <strong className="vh">{t('privilege.state.surplus')}. </strong>}
          {(state === 'surplus' || state === 'held') && <Use use={use} data={data} />}
        </span>
      </span>
    </td>
  );
}

function Use({ use, data }: { use: ColumnUse | undefined; data: LeastPrivilege }) {
  const t = useT();
  const language = useLanguage();
  if (!use) return <span className="muted">{t('privilege.use.none')}</span>;
  return <>{t('privilege.used', { what: t(`privilege.use.${use.kind}`), day: dayAt(language, use.at, data) })}</>;
}

function Table({ rows, data, choosing }: { rows: readonly PrivilegeRow[]; data: LeastPrivilege; choosing: Choosing }) {
  const t = useT();
  const language = useLanguage();
  const needName = (need: Need) =>
    need === 'synchronising' ? t('privilege.need.synchronising') : t(`doctor.short.${need}`);
  const offices = [...Map.groupBy(rows, (row) => row.officeId).values()];
  return (
    <DataTable label={t('privilege.table')}>
      <thead>
        <tr>
          <th scope="col">{t('doctor.map.schedule')}</th>
          {columns.map((column) => (
            <th key={column} scope="col">
              {t(columnName(column))}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        <tr className="privilege-needs">
          <th scope="row">{t('privilege.needed')}</th>
          {columns.map((column) => (
            <td key={column} data-label={t(columnName(column))} className="small muted">
              {data.neededBy[column].length === 0
                ? t('privilege.needed.nothing')
                : listOf(language, data.neededBy[column].map(needName))}
            </td>
          ))}
        </tr>
      </tbody>
      {offices.map((its) => (
        <tbody key={its[0]!.officeId}>
          <tr className="group">
            <th scope="rowgroup" colSpan={columns.length + 1}>
              {its[0]!.officeName}
            </th>
          </tr>
          {its.map((row) => (
            <tr key={row.providerId}>
              <th scope="row">
                {row.providerDisplay}
                {!row.selected && <span className="small muted"> {t('privilege.not-selected')}</span>}
                {row.lapsed && <span className="small muted"> {t('privilege.lapsed')}</span>}
              </th>
              {columns.map((column) => (
                <Cell key={column} row={row} column={column} data={data} choosing={choosing} />
              ))}
            </tr>
          ))}
        </tbody>
      ))}
    </DataTable>
  );
}

/** What the EMR grants and nothing here needs, and a request to take it away. Said calmly: it breaks nothing. */
export function LeastPrivilegeCard({ readAt }: { readAt: string }) {
  const t = useT();
  const language = useLanguage();
  const { data, error, refetch } = useLeastPrivilege(readAt);
  const request = useRequestFix();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const [whole, setWhole] = useState(false);
  if (!data) return error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : null;
  const all = keysOf(data.rows);
  // What went meanwhile is not asked for.
  const chosen = new Set(all.filter((key) => ticked.has(key)));
  const choosing: Choosing = {
    chosen,
    choose: (keys, is) =>
      setTicked(() => (is ? new Set([...chosen, ...keys]) : new Set([...chosen].filter((key) => !keys.includes(key))))),
  };
  const onRequest = () =>
    request.mutate({
      removals: data.rows.flatMap((row) => {
        const its = row.surplus.filter((column) => chosen.has(cellKey(row, column)));
        return its.length === 0 ? [] : [{ officeId: row.officeId, providerId: row.providerId, columns: its }];
      }),
    });
  const rows = whole ? data.rows : data.rows.filter(({ surplus }) => surplus.length > 0);
  const nothing = data.columns.length === 0;
  return (
    <section className="card privilege" aria-labelledby="privilege">
      <header className="connect-wrap">
        <h2 id="privilege" className="grow">
          {t('privilege.title')}
        </h2>
        {!nothing && (
          <>
            <Checkbox
              size="xs"
              label={t('privilege.choose-all')}
              checked={chosen.size === all.length}
              indeterminate={chosen.size > 0 && chosen.size < all.length}
              onChange={(event) => choosing.choose(all, event.currentTarget.checked)}
            />
            <Button
              size="xs"
              leftSection={<IconMailForward size={16} stroke={1.75} aria-hidden />}
              disabled={chosen.size === 0 || request.isPending}
              onClick={onRequest}
            >
              {t('privilege.request', { count: chosen.size })}
            </Button>
          </>
        )}
      </header>
      <div className="pad stack g3 s13">
        {request.error && <ErrorState problem={request.error} />}
        <p>{t(data.state === 'unknown' ? 'privilege.unknown' : nothing ? 'privilege.none' : 'privilege.lead')}</p>
        {!nothing && (
          <ul className="stack g2">
            {data.columns.map(({ column, text }) => {
              const keys = keysOf(data.rows, column);
              const some = keys.filter((key) => chosen.has(key)).length;
              return (
                <li key={column}>
                  <Checkbox
                    size="xs"
                    label={text}
                    checked={some === keys.length}
                    indeterminate={some > 0 && some < keys.length}
                    onChange={(event) => choosing.choose(keys, event.currentTarget.checked)}
                  />
                </li>
              );
            })}
          </ul>
        )}
        {data.undecided > 0 && <p className="muted">{t('privilege.undecided', { count: data.undecided })}</p>}
      </div>
      {data.rows.length > 0 && (
        <>
          {!nothing && (
            <div className="pad noprint">
              <Checkbox
                size="xs"
                label={t('privilege.only-surplus')}
                checked={!whole}
                onChange={(event) => setWhole(!event.currentTarget.checked)}
              />
            </div>
          )}
          {rows.length > 0 && <Table rows={rows} data={data} choosing={choosing} />}
          <div className="pad stack g1 small muted">
            {data.usedSomewhere.map((use) => (
              <p key={use.column}>
                {t('privilege.somewhere', {
                  column: t(columnName(use.column)),
                  what: t(`privilege.use.${use.kind}`),
                  day: dayAt(language, use.at, data),
                })}
              </p>
            ))}
            {!nothing && (
              <p>
                {data.recordedSince === null
                  ? t('privilege.no-record')
                  : t('privilege.since', { day: dayAt(language, data.recordedSince, data) })}
              </p>
            )}
          </div>
        </>
      )}
    </section>
  );
}
