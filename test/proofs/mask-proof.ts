// The mask proof. In each world of grants what FHIR shows (search, read, include, export, pages), and what the portal lists after a
// full sync, is what the reference says; with both walls, and FHIR with each alone. Every planted fault turns it red.
import fc from 'fast-check';
import { pairs } from '../../src/emr/fhir/test-clinic.ts';
import { fhirSurfaces, type Surface } from '../masks/fhir-surfaces.ts';
import { openMaskClinic } from '../masks/mask-clinic.ts';
import { allMasks, compareWorlds, type Masked, maskWorld, otherWorlds, tellingMasks } from '../masks/mask-worlds.ts';
import { emptyPortal, faultsOfPortal, portalSurface, withoutFaultOfPortal } from '../masks/portal-surface.ts';
import {
  changed,
  faultsOfHeldGrant,
  faultsOfRowSecurity,
  withoutHeldGrant,
  withoutRowSecurity,
} from '../masks/walls.ts';
import type { Proof, Saboteur } from './proof.ts';

const worldsOf = (masks: readonly number[]): Masked[] =>
  pairs.flatMap((pair) => masks.flatMap((mask) => [maskWorld(pair, mask, 0), maskWorld(pair, mask, 63)]));

/** Sizes of the reduced proof: worlds with both walls beside those of lapse and membership, and with each wall alone. */
const reduced = { both: 24, alone: 10 } as const;

/** The portal knows nothing in one world of so many; in the others it knows what the one before left. */
const freshOneIn = 3;

/** What a fault is found in: a lapsed row, everything but Visible, one pair alone, a booking without its patient, a pair lost. */
const faultWorlds: readonly Masked[] = [
  maskWorld(pairs[0]!, 63, 0, true),
  maskWorld(pairs[0]!, 31, 0),
  maskWorld(pairs[0]!, 63, 0),
  maskWorld(pairs[0]!, 34, 63),
  maskWorld(pairs[0]!, 0, 63),
];

export const proveMasks: Proof = async ({ adminUrl, full, seed, say }) => {
  const shuffled = <T>(all: readonly T[], count: number): T[] =>
    fc.sample(fc.shuffledSubarray([...all], { minLength: count, maxLength: count }), { seed, numRuns: 1 })[0]!;
  const [every, telling] = [worldsOf(allMasks), worldsOf(tellingMasks)];
  const both = full
    ? shuffled([...every, ...otherWorlds], every.length + otherWorlds.length)
    : [...shuffled(telling, reduced.both), ...shuffled(otherWorlds, otherWorlds.length)];
  const alone = full ? both : [...shuffled(telling, reduced.alone), ...otherWorlds.slice(0, 3)];

  const masks = await openMaskClinic(adminUrl);
  const { clinic, portal } = masks;
  try {
    const fhir = fhirSurfaces(clinic, await clinic.token());
    let isFresh = false;
    let nth = seed;
    const onPortal = portalSurface(masks, () => isFresh);
    const onWorld = async () => {
      nth += 1;
      isFresh = nth % freshOneIn === 0;
      if (isFresh) await portal.owner.query(emptyPortal);
    };

    let cases = 0;
    const failures: string[] = [];
    const compare = async (
      name: string,
      changes: readonly string[],
      surfaces: readonly Surface[],
      worlds: readonly Masked[],
      more: Parameters<typeof compareWorlds>[3],
    ) => {
      const began = performance.now();
      const { answers, wrong } = await changed(clinic.owner, changes, () =>
        compareWorlds(clinic, surfaces, worlds, more),
      );
      const seconds = Math.round((performance.now() - began) / 1000);
      say(`${name}: ${worlds.length} worlds, ${answers} answers compared, ${wrong.length} wrong, ${seconds} s`);
      for (const one of wrong.slice(0, 10)) say(one);
      cases += worlds.length;
      failures.push(...wrong.map((one) => `${name}, ${one}`));
    };
    await compare('both walls, FHIR and the portal', [], [...fhir, onPortal], both, { onWorld });
    await compare('the first wall alone, FHIR', [withoutRowSecurity], fhir, alone, {});
    await compare('the second wall alone, FHIR', [withoutHeldGrant], fhir, alone, { compareMasked: false });

    const saboteurs: Saboteur[] = [];
    const plant = async (
      name: string,
      changes: readonly string[],
      surfaces: readonly Surface[],
      compareMasked = true,
    ) => {
      const { wrong } = await changed(clinic.owner, changes, () =>
        compareWorlds(clinic, surfaces, faultWorlds, { untilFirst: true, compareMasked }),
      );
      say(`saboteur, ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
      saboteurs.push({ name, caught: wrong.length > 0 });
    };
    for (const [name, fault] of Object.entries(faultsOfHeldGrant))
      await plant(`first wall: ${name}`, [withoutRowSecurity, fault], fhir);
    for (const [name, fault] of Object.entries(faultsOfRowSecurity))
      await plant(`second wall: ${name}`, [withoutHeldGrant, fault], fhir, false);
    // An export alone unfiltered is no way into the portal: it takes nothing of a pair that the coverage does not open.
    isFresh = false;
    for (const name of ['office ignored', 'provider ignored', 'Visible ignored', 'expiry ignored'])
      await plant(
        `first wall, seen in the portal: ${name}`,
        [withoutRowSecurity, faultsOfHeldGrant[name]!],
        [onPortal],
      );
    for (const [name, fault] of Object.entries(faultsOfPortal)) {
      await portal.owner.query(fault);
      await plant(`portal: ${name}`, [], [onPortal]);
      await portal.owner.query(withoutFaultOfPortal);
    }
    // Healthy again: what was red was red because of the fault.
    await portal.owner.query(emptyPortal);
    await compare('after the saboteurs', [], [...fhir, onPortal], faultWorlds, {});
    return { cases, failures, saboteurs };
  } finally {
    await masks.close();
  }
};
