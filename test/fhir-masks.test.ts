// Issue A, "Done when" 3, for the FHIR surfaces: what search, read, include, export and pages show equals the reference, with both
// walls and with each alone; and every planted fault is found. `MASK_PROOF=full` runs all 64 masks on all pairs for each wall.
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { createTestClinic, pairs, type TestClinic } from '../src/emr/fhir/test-clinic.ts';
import { fhirSurfaces, type Surface } from './masks/fhir-surfaces.ts';
import { allMasks, type Masked, maskWorld, otherWorlds, proveMasks, tellingMasks } from './masks/mask-proof.ts';
import {
  changed,
  faultsOfHeldGrant,
  faultsOfRowSecurity,
  withoutHeldGrant,
  withoutRowSecurity,
} from './masks/walls.ts';

const full = process.env['MASK_PROOF'] === 'full';
const worldsOf = (masksOfFirst: readonly number[], masksOfRest: readonly number[]): Masked[] => [
  ...pairs.flatMap((pair, index) =>
    (index === 0 ? masksOfFirst : masksOfRest).flatMap((mask) => [maskWorld(pair, mask, 0), maskWorld(pair, mask, 63)]),
  ),
  ...otherWorlds,
];
const bothWalls = full ? worldsOf(allMasks, allMasks) : worldsOf(allMasks, [34, 35]);
const oneWall = full ? worldsOf(allMasks, allMasks) : worldsOf(tellingMasks, [34, 35]);
// The worlds that no mask shows come first: a fault in expiry is seen in those alone.
const faultWorlds = worldsOf([2, 3, 34, 63], [34, 63]).reverse();
const timeout = full ? 1_800_000 : 60_000;

let clinic: TestClinic;
let surfaces: Surface[];
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../src/emr/migrations', import.meta.url)));
  surfaces = fhirSurfaces(clinic, await clinic.token());
});
afterAll(() => clinic?.close());

const report = (name: string, compared: number, worlds: number): void => {
  process.stderr.write(`mask proof, FHIR, ${name}: ${worlds} worlds, ${compared} answers compared\n`);
};

describe('what FHIR shows is what the matrix opens', () => {
  it.each([
    ['both walls', [], bothWalls, true],
    ['first wall alone', [withoutRowSecurity], oneWall, true],
    ['second wall alone', [withoutHeldGrant], oneWall, false],
  ] as const)('with %s', { timeout }, async (name, changes, worlds, compareMasked) => {
    const proof = await changed(clinic.owner, changes, () => proveMasks(clinic, surfaces, worlds, { compareMasked }));
    report(name, proof.compared, worlds.length);
    expect(proof.wrong.slice(0, 3)).toEqual([]);
    expect(proof.compared).toBe(worlds.length * surfaces.length);
  });
});

describe('the proof finds a fault', () => {
  it.each(Object.keys(faultsOfHeldGrant))('in the first wall: %s', { timeout }, async (fault) => {
    const changes = [withoutRowSecurity, faultsOfHeldGrant[fault]!];
    const proof = await changed(clinic.owner, changes, () =>
      proveMasks(clinic, surfaces, faultWorlds, { untilFirst: true }),
    );
    expect(proof.wrong).toHaveLength(1);
    if (fault === 'one surface unfiltered') expect(proof.wrong[0]?.surface).toBe('export');
  });

  it.each(Object.keys(faultsOfRowSecurity))('in the second wall: %s', { timeout }, async (fault) => {
    const changes = [withoutHeldGrant, faultsOfRowSecurity[fault]!];
    const options = { untilFirst: true, compareMasked: false };
    const proof = await changed(clinic.owner, changes, () => proveMasks(clinic, surfaces, faultWorlds, options));
    expect(proof.wrong).toHaveLength(1);
  });
});
