// The mask proof for what writing brought with it: versions, everything of a patient, batches and reverse includes, with both walls and
// with each alone; and what every kind of write answers under each mask (docs/domain.md, "Saying so").
import { fileURLToPath } from 'node:url';
import { createTestClinic, type Pair, pairs } from '../../src/emr/fhir/test-clinic.ts';
import {
  allMasks,
  compareWorlds,
  enter,
  type Masked,
  maskWorld,
  otherWorlds,
  tellingMasks,
} from '../masks/mask-worlds.ts';
import { changed, faultsOfHeldGrant, withoutHeldGrant, withoutRowSecurity } from '../masks/walls.ts';
import { answersOnPair, expectedAnswers, makeVersions, readingSurfaces } from '../masks/write-surfaces.ts';
import type { Proof, Saboteur } from './proof.ts';

const worldsOf = (full: boolean): Masked[] => [
  ...otherWorlds,
  ...pairs.flatMap((pair, index) =>
    (full ? allMasks : index === 0 ? tellingMasks : [34, 35]).flatMap((mask) => [
      maskWorld(pair, mask, 0),
      maskWorld(pair, mask, 63),
    ]),
  ),
];

/** Worlds in which a write to the pair is tried, and whether it may be made there. */
function* decisions(full: boolean): Generator<{ world: Masked; pair: Pair; holds: boolean }> {
  for (const pair of full ? pairs : pairs.slice(0, 1)) {
    for (const mask of allMasks) {
      for (const others of full ? ([0, 63] as const) : ([mask % 2 === 0 ? 0 : 63] as const)) {
        yield { world: maskWorld(pair, mask, others), pair, holds: (mask & 34) === 34 };
      }
    }
    yield { world: maskWorld(pair, 63, 63, true), pair, holds: false };
    const elsewhere = [...new Set(pairs.map(([office]) => office).filter((office) => office !== pair[0]))];
    yield { world: maskWorld(pair, 63, 63, false, elsewhere), pair, holds: false };
  }
}

const unfiltered = (table: string) => `alter table ${table} disable row level security`;

/** Name, what is changed, and whether the wall that is left marks bookings as masked. */
const faults: readonly (readonly [string, readonly string[], boolean])[] = [
  ...Object.entries(faultsOfHeldGrant)
    .filter(([fault]) => fault !== 'one surface unfiltered')
    .map(([fault, sql]) => [`first wall: ${fault}`, [withoutRowSecurity, sql], true] as const),
  ['second wall: old versions of bookings unfiltered', [withoutHeldGrant, unfiltered('appointment_version')], false],
  [
    'second wall: old versions of patients unfiltered',
    // The predicate asks patient_pair, whose own policy would cover for it.
    [withoutHeldGrant, unfiltered('patient_version'), unfiltered('patient_pair')],
    false,
  ],
];

export const proveWriteMasks: Proof = async ({ adminUrl, full, say }) => {
  const migrations = fileURLToPath(new URL('../../src/emr/migrations', import.meta.url));
  const clinic = await createTestClinic(adminUrl, migrations);
  try {
    await makeVersions(clinic);
    const token = await clinic.token(undefined, 'system/*.cruds');
    const surfaces = readingSurfaces(clinic, token);
    const worlds = worldsOf(full);
    let cases = 0;
    const failures: string[] = [];
    const compare = async (name: string, changes: readonly string[], compareMasked: boolean) => {
      const { answers, wrong } = await changed(clinic.owner, changes, () =>
        compareWorlds(clinic, surfaces, worlds, { compareMasked }),
      );
      say(`${name}: ${worlds.length} worlds, ${answers} answers compared, ${wrong.length} wrong`);
      cases += worlds.length;
      failures.push(...wrong.map((one) => `${name}, ${one}`));
    };
    await compare('both walls', [], true);
    await compare('the first wall alone', [withoutRowSecurity], true);
    await compare('the second wall alone', [withoutHeldGrant], false);

    /** What the writes answered that they should not have. */
    const decide = async (world: Masked, pair: Pair, holds: boolean): Promise<string[]> => {
      await enter(clinic, world);
      const answers = await answersOnPair(clinic, token, pair);
      return Object.entries(expectedAnswers(holds))
        .filter(([write, expected]) => answers[write] !== expected)
        .map(([write, expected]) => `${world.name}: ${write} answers ${answers[write]}, and not ${expected}`);
    };
    for (const { world, pair, holds } of decisions(full)) {
      cases += 1;
      failures.push(...(await decide(world, pair, holds)));
    }
    say(`writes: ${cases - 3 * worlds.length} worlds`);
    const { rowCount } = await clinic.owner.query(
      `select from audit_event where action in ('book', 'change-booking', 'delete-booking')`,
    );
    if (rowCount !== 0) failures.push(`${rowCount} writes were made that only asked`);

    const saboteurs: Saboteur[] = [];
    for (const [name, changes, compareMasked] of faults) {
      const { wrong } = await changed(clinic.owner, changes, () =>
        compareWorlds(clinic, surfaces, worlds, { untilFirst: true, compareMasked }),
      );
      say(`saboteur, ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
      saboteurs.push({ name, caught: wrong.length > 0 });
    }
    return { cases, failures, saboteurs };
  } finally {
    await clinic.close();
  }
};
