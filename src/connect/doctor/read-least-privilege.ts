// Needed by what is switched on / granted / used, for each cell of the roster as it was last read, and what of it is too much.
import type { Pool } from 'pg';
import { type Column, columns, columnsIn } from '../../fhir/columns.ts';
import { columnName } from '../../language/column-name.ts';
import { format, type Language } from '../../language/messages.ts';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/database/db.ts';
import { offsetsAround } from '../../platform/zones.ts';
import { asSite, columnUse, intake } from '../../portal/index.ts';
import type { ColumnUse, LeastPrivilege, PrivilegeRow, SurplusColumn, UseKind } from '../contract/least-privilege.ts';
import type { ConnectionKey } from '../sync/sync.sql.ts';
import { findRecordedSince, listReadUse } from './column-use.sql.ts';
import type { Pair } from './diagnose.ts';
import { type DoctorReader, type Read, readFacts } from './read-doctor.ts';
import { columnsKeptFor, needsOf, surplusOf } from './surplus.ts';

const columnsOfUse: Readonly<Record<UseKind, readonly Column[]>> = {
  bookings: ['Visible', 'Scheduling'],
  patients: ['Visible', 'Patient'],
  acts: ['Visible', 'Scheduling'],
  filings: ['Visible', 'EMR'],
  attachments: [],
};

export async function readLeastPrivilege(tx: Db, reader: DoctorReader): Promise<LeastPrivilege> {
  const read = await readFacts(tx, reader);
  const now = reader.clock.now();
  const zone = read?.zone ?? (await intake.readSiteZone(tx, reader.siteId));
  const ground = { zone, now: now.toISOString(), offsets: offsetsAround(zone, now) };
  if (!read || read.roster.length === 0) {
    return {
      ...ground,
      state: 'unread',
      readAt: null,
      columns: [],
      neededBy: needsOf([]),
      rows: [],
      undecided: 0,
      usedSomewhere: [],
      recordedSince: null,
    };
  }
  const { connection, facts, roster } = read;
  const known = facts.certainty === 'proved';
  const rows = known ? rowsOf(read, await usesOf(tx, connection)) : [];
  const fetched = await columnUse.findFetchedUse(tx, connection);
  const fetchedBy = (column: Column, at: Date | null): ColumnUse[] =>
    at === null ? [] : [{ column, kind: 'attachments', at: at.toISOString() }];
  return {
    ...ground,
    state: known ? 'known' : 'unknown',
    readAt: roster[0]!.readAt.toISOString(),
    columns: surplusColumns(rows, reader.language),
    neededBy: needsOf(facts.features),
    rows,
    undecided: known
      ? facts.roster.filter(
          ({ providerId, granted }) =>
            granted !== 0 && !facts.selected.has(providerId) && facts.undecided.has(providerId),
        ).length
      : 0,
    usedSomewhere: [...fetchedBy('EMR', fetched.documents), ...fetchedBy('Labs', fetched.results)],
    recordedSince: (await findRecordedSince(tx, connection))?.toISOString() ?? null,
  };
}

/** For whoever asks by command. Role connect_app or portal_sync. */
export const leastPrivilegeOfSite = (
  { pool, clock }: { readonly pool: Pool; readonly clock: Clock },
  { siteId, language }: { readonly siteId: number; readonly language: Language },
): Promise<LeastPrivilege> =>
  asSite(pool, siteId, (tx) => readLeastPrivilege(tx, { siteId, language, clock }), {
    isolation: 'repeatable read',
    readOnly: true,
  });

/** By schedule and column the latest of what is written down. */
async function usesOf(tx: Db, connection: ConnectionKey): Promise<ReadonlyMap<string, readonly ColumnUse[]>> {
  const uses = new Map<string, Map<Column, ColumnUse>>();
  const note = (pair: Pair, kind: UseKind, at: Date | null) => {
    if (at === null) return;
    const key = intake.sliceKey(pair);
    const its = uses.get(key) ?? new Map<Column, ColumnUse>();
    uses.set(key, its);
    for (const column of columnsOfUse[kind]) {
      const use = { column, kind, at: at.toISOString() };
      if ((its.get(column)?.at ?? '') < use.at) its.set(column, use);
    }
  };
  for (const one of await listReadUse(tx, connection)) {
    note(one, 'bookings', one.bookings);
    note(one, 'patients', one.patients);
  }
  for (const one of await columnUse.listScheduleUse(tx, connection)) {
    note(one, 'acts', one.acts);
    note(one, 'filings', one.filings);
  }
  return new Map([...uses].map(([key, its]) => [key, columns.flatMap((column) => its.get(column) ?? [])]));
}

function rowsOf({ facts, named }: Read, uses: ReadonlyMap<string, readonly ColumnUse[]>): PrivilegeRow[] {
  const surplus = new Map(surplusOf(facts).map((one) => [intake.sliceKey(one), one.columns]));
  const kept = columnsKeptFor(facts.features);
  return facts.roster.flatMap((row): PrivilegeRow[] => {
    const key = intake.sliceKey(row);
    const selected = facts.selected.has(row.providerId);
    if (row.granted === 0 && !(selected && kept !== 0)) return [];
    return [
      {
        ...named.get(key)!,
        selected,
        lapsed: row.lastDay !== null && row.lastDay < row.today,
        member: row.member,
        granted: columnsIn(row.granted),
        surplus: columnsIn(surplus.get(key) ?? 0),
        used: uses.get(key) ?? [],
      },
    ];
  });
}

/** *Billing is granted on 42 schedules and no enabled feature needs it*, column by column. */
function surplusColumns(rows: readonly PrivilegeRow[], language: Language): SurplusColumn[] {
  return columns.flatMap((column): SurplusColumn[] => {
    const its = rows.filter(({ surplus }) => surplus.includes(column));
    if (its.length === 0) return [];
    const notSelected = its.filter(({ selected }) => !selected).length;
    const key =
      notSelected === 0
        ? 'privilege.column.no-feature'
        : notSelected === its.length
          ? 'privilege.column.not-selected'
          : 'privilege.column.both';
    return [
      {
        column,
        schedules: its.length,
        notSelected,
        text: format(language, key, {
          column: format(language, columnName(column)),
          schedules: its.length,
          others: notSelected,
        }),
      },
    ];
  });
}
