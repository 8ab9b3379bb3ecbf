// Which cells of the matrix a question asked for and did not get. Roster level alone: it looks at offices, provider schedules and
// the reader's own grants, never at patients or bookings, so that it cannot say whether there is anything behind a cell.
// Run it with the roster open, in the transaction that read the answer.
import { type Column, type ColumnSet, columnsIn } from '../../fhir/columns.ts';
import type { WithheldCell } from '../../fhir/outcome.ts';
import type { Db } from '../../platform/database/db.ts';
import type { Reader } from './resources.sql.ts';

/** What a question asked for. Null: every office, every provider. */
export interface AskedFor {
  readonly needed: ColumnSet;
  readonly offices: readonly string[] | null;
  readonly providers: readonly string[] | null;
}

/** Cells in the order of office, provider and column. */
export async function findWithheldCells(db: Db, reader: Reader, asked: AskedFor): Promise<WithheldCell[]> {
  const { rows } = await db.query<{ officeId: string; providerId: string; missing: number }>(
    `select s.office_id as "officeId", s.provider_id as "providerId", $3::integer & ~coalesce(g.columns, 0)::integer as missing
       from provider_schedule s
       left join held_grant g on g.tenant_id = s.tenant_id and g.user_id = $2
        and g.office_id = s.office_id and g.provider_id = s.provider_id
      where s.tenant_id = $1
        and ($4::text[] is null or s.office_id = any($4::text[]))
        and ($5::text[] is null or s.provider_id = any($5::text[]))
        and ($3::integer & ~coalesce(g.columns, 0)::integer) <> 0
      order by 1, 2`,
    [reader.tenantId, reader.userId, asked.needed, asked.offices, asked.providers],
  );
  return rows.flatMap(({ missing, ...pair }) => columnsIn(missing).map((column: Column) => ({ ...pair, column })));
}

/** Offices that the reader does not belong to. */
export async function findWithheldOffices(
  db: Db,
  reader: Reader,
  offices: readonly string[] | null,
): Promise<WithheldCell[]> {
  const { rows } = await db.query<{ officeId: string }>(
    `select o.office_id as "officeId" from office o
      where o.tenant_id = $1 and ($3::text[] is null or o.office_id = any($3::text[]))
        and not exists (select 1 from office_membership m
                         where m.tenant_id = o.tenant_id and m.office_id = o.office_id and m.user_id = $2)
      order by 1`,
    [reader.tenantId, reader.userId, offices],
  );
  return rows;
}
