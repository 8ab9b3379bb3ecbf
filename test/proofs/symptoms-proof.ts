// The five symptoms. A reminder goes out while everything is granted; then one pair gets a mask, and a full run follows: the portal shows of
// that pair exactly the symptoms that docs/domain.md, section 4, says of the mask, and of every other pair none. The cells granted and one
// full run heal all of them, nothing was done twice, and nothing is left over.
import fc from 'fast-check';
import { predictedLacking, predictedSymptoms } from '../symptoms/predicted.ts';
import {
  documentOf,
  keyOf,
  lookOverHttp,
  openSymptomWorld,
  pairs,
  resultOf,
  type SymptomWorld,
  saysConfirmed,
} from '../symptoms/symptom-world.ts';
import { all, type Slice, slices } from '../sync-clinic.ts';
import type { Proof, Saboteur } from './proof.ts';
import { spoil, unspoil } from './spoil.ts';

/** Everything but one column, nothing, and bookings without their patients: each symptom alone, and all of them. */
const tellingMasks = [62, 61, 55, 47, 31, 34, 0];
const reducedCases = 3;

interface Case {
  readonly slice: Slice;
  readonly mask: number;
}

export const proveSymptoms: Proof = async ({ adminUrl, full, seed, say }) => {
  const casesOf = (masks: readonly number[]): Case[] =>
    pairs.flatMap((slice) => masks.map((mask) => ({ slice, mask })));
  const every = casesOf(full ? Array.from({ length: 64 }, (_, mask) => mask) : tellingMasks);
  const count = full ? every.length : reducedCases;
  const chosen = fc.sample(fc.shuffledSubarray(every, { minLength: count, maxLength: count }), {
    seed,
    numRuns: 1,
  })[0]!;
  const world = await openSymptomWorld(adminUrl);
  try {
    const failures: string[] = [];
    const met = new Map<string, number>();
    for (const one of chosen) {
      const wrong = await wrongIn(world, one, { met });
      failures.push(...wrong.map((line) => `${keyOf(one.slice)} mask ${one.mask}: ${line}`));
    }
    say(`${chosen.length} cases; seen: ${JSON.stringify(Object.fromEntries(met))}`);
    if (chosen.length > 1 && met.size === 0) failures.push('no symptom was seen at all');
    return { cases: chosen.length, failures, saboteurs: await trySaboteurs(world, say) };
  } finally {
    await world.close();
  }
};

/** One case from the reminder to the healing; what is not as it has to be, one line each. */
async function wrongIn(
  world: SymptomWorld,
  { slice, mask }: Case,
  { met, untilFirst = false }: { readonly met?: Map<string, number>; readonly untilFirst?: boolean } = {},
): Promise<string[]> {
  const wrong: string[] = [];
  await world.begin();
  await world.remind('reminded');
  await world.apply(slice, mask);
  const seen = await lookOverHttp(world).catch((error: Error) => error.message);
  if (typeof seen === 'string') return [seen];
  for (const one of slices) {
    const isMasked = keyOf(one) === keyOf(slice);
    const held = isMasked ? mask : all;
    const { symptoms, lacking } = seen[keyOf(one)]!;
    const predicted = predictedSymptoms(held);
    if (symptoms.join() !== predicted.join()) wrong.push(`${keyOf(one)} shows [${symptoms}], predicted [${predicted}]`);
    if (lacking.join() !== predictedLacking(held).join())
      wrong.push(`${keyOf(one)}: Save for Ocean names [${lacking}], missing are [${predictedLacking(held)}]`);
    if (isMasked) for (const symptom of symptoms) met?.set(symptom, (met.get(symptom) ?? 0) + 1);
  }
  if (untilFirst && wrong.length > 0) return wrong;

  await world.apply(slice, all);
  await world.remind('due', 1);
  const heading = await world.confirm(slice);
  const { files } = await world.fetchSaved(slice);
  const fetched = (title: string) => files.filter((file) => file.title.startsWith(title)).length;
  const before = seen[keyOf(slice)]!.symptoms;
  const wasMissing = (symptom: Parameters<typeof before.includes>[0]) => Number(before.includes(symptom));
  if (!saysConfirmed(heading) || !(await world.isConfirmed(slice)))
    wrong.push(`healed, the patient is told: ${heading}`);
  if (fetched(documentOf(slice)) !== wasMissing('5 a document cannot be attached'))
    wrong.push('healed: not the document');
  if (fetched(resultOf(slice)) !== wasMissing('5 a laboratory result cannot be attached'))
    wrong.push('healed: not the laboratory result');
  for (const one of slices) {
    for (const kind of ['reminded', 'due'] as const) {
      const sent = world.reminders(kind, one);
      if (sent !== 1) wrong.push(`healed: ${sent} reminders of ${world.bookingOf(kind, one)}`);
    }
  }
  for (const kind of ['reminded', 'due'] as const) {
    const page = await world.clinic.page(`date=${world.dateOf[kind]}`);
    if (page.bookings.length !== slices.length)
      wrong.push(`healed: ${page.bookings.length} bookings on the day ${kind}`);
  }
  await world.settle();
  wrong.push(...(await world.leftOver()).map((line) => `left over: ${line}`));
  return wrong;
}

/** A fault in one of the two databases, and the case in which it has to show. */
const faults: readonly {
  readonly name: string;
  readonly at: 'emr' | 'portal';
  readonly sql: string;
  readonly mask: number;
}[] = [
  {
    name: 'bookings are listed whose patient is withheld',
    at: 'portal',
    sql: spoil('booking', 'new.patient_masked := false;'),
    mask: 62,
  },
  {
    name: 'bookings stay listed that are no longer visible',
    at: 'portal',
    sql: spoil('booking', `if new.state = 'visibility-lost' then new.state := 'present'; end if;`),
    mask: 61,
  },
  {
    name: 'a provider who is not visible is listed',
    at: 'portal',
    sql: spoil('schedule', 'new.missing_columns := new.missing_columns & 31;'),
    mask: 31,
  },
  {
    name: 'the EMR gives documents without the tick',
    at: 'emr',
    sql: spoil('permission_grant', 'new.columns := new.columns | 8;'),
    mask: 55,
  },
  {
    name: 'the EMR withholds results that are granted',
    at: 'emr',
    sql: spoil('permission_grant', 'if new.columns < 63 then new.columns := new.columns & 47; end if;'),
    mask: 59,
  },
  {
    name: 'what was taken away is not given back',
    at: 'emr',
    sql: spoil('permission_grant', `if tg_op = 'UPDATE' then new.columns := new.columns & old.columns; end if;`),
    mask: 61,
  },
  {
    name: 'the patient is told that he is confirmed, and the EMR knows nothing of it',
    at: 'emr',
    sql: spoil('appointment', `new.participation := 'needs-action';`),
    mask: 63,
  },
  {
    name: 'reminders are not sent',
    at: 'portal',
    sql: spoil('mail', `if new.state = 'due' and new.booking_id like 'due-%' then new.state := 'cancelled'; end if;`),
    mask: 63,
  },
];

async function trySaboteurs(world: SymptomWorld, say: (line: string) => void): Promise<Saboteur[]> {
  const saboteurs: Saboteur[] = [];
  for (const { name, at, sql, mask } of faults) {
    await world.clinic[at].query(sql);
    const wrong = await wrongIn(world, { slice: pairs[0]!, mask }, { untilFirst: true }).catch((error: Error) => [
      error.message,
    ]);
    await world.clinic[at].query(unspoil);
    say(`saboteur, ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
    saboteurs.push({ name, caught: wrong.length > 0 });
  }
  return saboteurs;
}
