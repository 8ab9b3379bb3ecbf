// The mask proof for versions, $everything, batches and reverse includes, with both walls and with each alone; and what every kind of
// write answers under each mask (docs/domain.md, "Saying so"). `MASK_PROOF=full` runs all masks on all pairs for each wall.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestClinic, pairs, type TestClinic } from '../src/emr/fhir/test-clinic.ts';
import type { Surface } from './masks/fhir-surfaces.ts';
import { allMasks, enter, type Masked, maskWorld, otherWorlds, proveMasks, tellingMasks } from './masks/mask-proof.ts';
import { changed, faultsOfHeldGrant, withoutHeldGrant, withoutRowSecurity } from './masks/walls.ts';
import { answersOnPair, expectedAnswers, makeVersions, readingSurfaces } from './masks/write-surfaces.ts';

const full = process.env['MASK_PROOF'] === 'full';
const worldsOf = (masks: readonly number[]): Masked[] => [
  ...otherWorlds,
  ...pairs.flatMap((pair, index) =>
    (index === 0 || full ? masks : [34, 35]).flatMap((mask) => [maskWorld(pair, mask, 0), maskWorld(pair, mask, 63)]),
  ),
];
const worlds = worldsOf(full ? allMasks : tellingMasks);
const timeout = full ? 1_800_000 : 120_000;

let clinic: TestClinic;
let token: string;
let surfaces: Surface[];
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../src/emr/migrations', import.meta.url)));
  await makeVersions(clinic);
  token = await clinic.token(undefined, 'system/*.cruds');
  surfaces = readingSurfaces(clinic, token);
});
afterAll(() => clinic?.close());

describe('what FHIR shows of versions and beside searches is what the matrix opens', () => {
  it.each([
    ['both walls', [], true],
    ['first wall alone', [withoutRowSecurity], true],
    ['second wall alone', [withoutHeldGrant], false],
  ] as const)('with %s', { timeout }, async (name, changes, compareMasked) => {
    const proof = await changed(clinic.owner, changes, () => proveMasks(clinic, surfaces, worlds, { compareMasked }));
    process.stderr.write(
      `mask proof, versions, ${name}: ${worlds.length} worlds, ${proof.compared} answers compared\n`,
    );
    expect(proof.wrong.slice(0, 3)).toEqual([]);
    expect(proof.compared).toBe(worlds.length * surfaces.length);
  });

  const unfiltered = (table: string) => `alter table ${table} disable row level security`;
  it.each([
    ...Object.entries(faultsOfHeldGrant)
      .filter(([fault]) => fault !== 'one surface unfiltered')
      .map(([fault, sql]) => [fault, [withoutRowSecurity, sql], true] as const),
    ['old versions of bookings unfiltered', [withoutHeldGrant, unfiltered('appointment_version')], false],
    [
      'old versions of patients unfiltered',
      // The predicate asks patient_pair, whose own policy would cover for it.
      [withoutHeldGrant, unfiltered('patient_version'), unfiltered('patient_pair')],
      false,
    ],
  ] as const)('and the proof finds a fault: %s', { timeout }, async (_fault, changes, compareMasked) => {
    const options = { untilFirst: true, compareMasked };
    const proof = await changed(clinic.owner, changes, () => proveMasks(clinic, surfaces, worlds, options));
    expect(proof.wrong).toHaveLength(1);
  });
});

describe('what a write answers', () => {
  const holdsScheduling = (mask: number): boolean => (mask & 34) === 34;
  const decide = async (one: Masked, pair: (typeof pairs)[number], holds: boolean): Promise<number> => {
    await enter(clinic, one);
    const answers = await answersOnPair(clinic, token, pair);
    expect(answers, one.name).toEqual(expectedAnswers(holds));
    return Object.keys(answers).length;
  };

  it('is decided by the pair that it names, under every mask, and tells nothing else', { timeout }, async () => {
    let compared = 0;
    for (const pair of full ? pairs : pairs.slice(0, 1)) {
      for (const mask of allMasks) {
        for (const others of full ? ([0, 63] as const) : ([mask % 2 === 0 ? 0 : 63] as const)) {
          compared += await decide(maskWorld(pair, mask, others), pair, holdsScheduling(mask));
        }
      }
      compared += await decide(maskWorld(pair, 63, 63, true), pair, false);
      const elsewhere = pairs.map(([office]) => office).filter((office) => office !== pair[0]);
      compared += await decide(maskWorld(pair, 63, 63, false, [...new Set(elsewhere)]), pair, false);
    }
    process.stderr.write(`write decisions: ${compared} answers compared\n`);
    expect(compared).toBeGreaterThanOrEqual(66 * 12);
    const { rows } = await clinic.owner.query(
      `select from audit_event where action in ('book', 'change-booking', 'delete-booking')`,
    );
    expect(rows).toEqual([]);
  });
});
