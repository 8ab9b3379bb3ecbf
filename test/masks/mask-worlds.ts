// Worlds x surfaces, each held against the reference.

import { appointments, offices, type Pair, pairs, patients, type TestClinic } from '../../src/emr/fhir/test-clinic.ts';
import { columnsIn } from '../../src/fhir/columns.ts';
import type { Shown, Surface } from './fhir-surfaces.ts';
import { type Grant, reference, type World } from './reference.ts';

export interface Masked extends World {
  readonly rows: readonly { readonly pair: Pair; readonly columns: number; readonly lapsed: boolean }[];
}

function world(name: string, rows: Masked['rows'], memberOf: readonly string[] = offices): Masked {
  const grants: Grant[] = rows.map(({ pair: [office, provider], columns, lapsed }) => ({
    office,
    provider,
    columns: columnsIn(columns),
    lapsed,
  }));
  return { name, memberOf, grants, rows };
}

/** One pair with `mask`, the others with `others`. */
export function maskWorld(
  pair: Pair,
  mask: number,
  others: 0 | 63,
  lapsed = false,
  memberOf = offices as readonly string[],
): Masked {
  const rows = pairs.map((one) => ({
    pair: one,
    columns: one === pair ? mask : others,
    lapsed: one === pair && lapsed,
  }));
  const how = `${lapsed ? ' lapsed' : ''}${memberOf.length < offices.length ? ` member of ${memberOf.join()}` : ''}`;
  return world(`${pair.join('/')} mask ${mask}, others ${others}${how}`, rows, memberOf);
}

export const allMasks = Array.from({ length: 64 }, (_, mask) => mask);
/** Every column alone and with Visible, and all the combinations that open a resource. */
export const tellingMasks = [0, 2, 32, 33, 34, 35, 31, 63];

/** Lapsed rows and offices left: what no mask shows. */
export const otherWorlds: readonly Masked[] = pairs.flatMap((pair) => [
  maskWorld(pair, 63, 0, true),
  maskWorld(pair, 63, 63, true),
  maskWorld(
    pair,
    63,
    63,
    false,
    offices.filter((office) => office !== pair[0]),
  ),
]);

export interface Compared {
  /** Answers of a surface held against the reference. */
  answers: number;
  /** Each difference as a sentence. */
  readonly wrong: string[];
}

export interface Comparing {
  /** False where the first wall is open on purpose: it is the one that marks a booking as masked. */
  readonly compareMasked?: boolean;
  /** Stop at the first difference: enough to show that a planted fault is found. */
  readonly untilFirst?: boolean;
  /** Called in each world before anybody looks. */
  readonly onWorld?: (world: Masked) => Promise<unknown> | undefined;
}

export async function compareWorlds(
  clinic: TestClinic,
  surfaces: readonly Surface[],
  worlds: readonly Masked[],
  { compareMasked = true, untilFirst = false, onWorld }: Comparing = {},
): Promise<Compared> {
  const found: Compared = { answers: 0, wrong: [] };
  for (const one of worlds) {
    await enter(clinic, one);
    await onWorld?.(one);
    const whole = reference(one, { pairs, patients, appointments });
    const looks = await Promise.all(surfaces.map(async (surface) => ({ surface, seen: await surface.look() })));
    for (const { surface, seen } of looks) {
      const expected: Shown = surface.expected?.(whole) ?? { ...whole };
      const keys = Object.keys(seen).filter((key) => key !== 'masked' || compareMasked);
      found.answers += 1;
      for (const key of keys) {
        const [is, shouldBe] = [JSON.stringify(seen[key]), JSON.stringify(expected[key])];
        if (is === shouldBe) continue;
        found.wrong.push(`${one.name}: ${surface.name} shows ${key} ${is}, and not ${shouldBe}`);
      }
    }
    if (untilFirst && found.wrong.length > 0) return found;
  }
  return found;
}

/** Puts the integration user into a world: memberships and grants, in one statement each. */
export async function enter({ owner }: TestClinic, { memberOf, rows }: Masked): Promise<void> {
  await owner.query(
    `with left_office as (delete from office_membership where tenant_id = 7001 and not office_id = any($1::text[]))
, newer as (update app_user set permission_version = permission_version + 1 where tenant_id = 7001 and user_id = 'service')
     insert into office_membership (tenant_id, user_id, office_id)
     select 7001, 'service', id from unnest($1::text[]) id on conflict do nothing`,
    [memberOf],
  );
  await owner.query(
    `insert into permission_grant (tenant_id, user_id, office_id, provider_id, columns, access_until, access_until_day)
     select 7001, 'service', o, p, c, until, until::date
       from unnest($1::text[], $2::text[], $3::smallint[], $4::boolean[]) r (o, p, c, lapsed),
            lateral (select case when lapsed then timestamptz '2026-01-01' end) as ends (until)
     on conflict (tenant_id, user_id, office_id, provider_id)
     do update set columns = excluded.columns, access_until = excluded.access_until, access_until_day = excluded.access_until_day`,
    [
      rows.map(({ pair }) => pair[0]),
      rows.map(({ pair }) => pair[1]),
      rows.map(({ columns }) => columns),
      rows.map(({ lapsed }) => lapsed),
    ],
  );
}
