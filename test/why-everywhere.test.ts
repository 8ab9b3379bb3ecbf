// One missing tick, and everywhere where something is missing because of it the same gap id: on the Patients page, the Day Sheet, in the reminder
// log and in *Save & Test*, where the staff see why a patient cannot confirm, in the attachment picker, at what waits to be written back, and in
// the Access Doctor. Real databases, the EMR over HTTP, every worker real.
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Diagnosis, WhyMissing } from '../src/connect/contract/doctor.ts';
import type { WriteBacks } from '../src/connect/contract/write-backs.ts';
import { createGapKeeper, type GapKeeper } from '../src/connect/index.ts';
import { bitOf } from '../src/fhir/columns.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLog } from '../src/platform/log.ts';
import type { Thread, Threads } from '../src/portal/contract/messages.ts';
import type { PatientPanel } from '../src/portal/contract/patient-panel.ts';
import type { ReminderLog, RuleTest } from '../src/portal/contract/reminders.ts';
import type { StaffTasks } from '../src/portal/contract/staff-tasks.ts';
import { type WhyAnswer, type WhyPlace, whyPlaces } from '../src/portal/contract/why.ts';
import { openSymptomWorld, pairs, type SymptomWorld } from './symptoms/symptom-world.ts';
import { all } from './sync-clinic.ts';
import { certificateSeed, sealingKey } from './sync-portal.ts';

const pair = pairs[0]!;
const [office, provider] = pair;
let world: SymptomWorld;
let keeper: GapKeeper;
beforeAll(async () => {
  world = await openSymptomWorld(inject('adminUrl'));
  const log = createLog({ level: 'fatal', name: 'test' });
  const { syncUrl } = world.clinic;
  keeper = createGapKeeper({ syncUrl, sealingKey, certificateSeed, clock: systemClock, log });
}, 120_000);
afterAll(async () => {
  await keeper?.stop();
  await world?.close();
});
beforeEach(async () => {
  await world.begin();
  await keeper.drain();
}, 120_000);

const doctorsGaps = async () =>
  (await world.clinic.askConnect('GET', '/api/doctor')).json<Diagnosis>().gaps.map(({ gapId }) => gapId);
const here = (one: { readonly officeId: string; readonly providerId: string }) =>
  one.officeId === office && one.providerId === provider;
const wayTo = async (place: WhyPlace) =>
  (
    await world.clinic.read<WhyAnswer>(`/api/why?office=${office}&provider=${provider}&feature=${place}`)
  ).schedules.find(here)!;
/** What each place says of the pair where something is missing: the ids of the gaps that it names. */
async function everywhere(): Promise<Record<string, readonly string[]>> {
  const { clinic } = world;
  const told: Record<string, readonly string[]> = {};
  const [page, sheet] = [
    await clinic.page(`date=${world.dateOf.due}`),
    await clinic.daySheet(`date=${world.dateOf.due}`),
  ];
  told['the Patients page'] = page.schedules.find(here)!.gapIds;
  told['the Day Sheet'] = sheet.schedules.find(here)!.gapIds;
  for (const place of whyPlaces) {
    const { answer, gates } = await wayTo(place);
    // In the order of the way, those that pass among them.
    expect(
      gates.map(({ gate }) => gate),
      place,
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(
      gates.slice(0, 2).map(({ state }) => state),
      place,
    ).toEqual(['passes', 'passes']);
    expect(answer?.gate, place).toBe(3);
    told[`why, ${place}`] = [answer!.gapId!];
    const ofDoctor = (await clinic.askConnect('GET', `/api/doctor/${office}/${provider}/${place}`)).json<WhyMissing>();
    expect(ofDoctor.gates.find(({ state }) => state === 'fails')?.gate, place).toBe(3);
    told[`the Access Doctor, ${place}`] = ofDoctor.gates.flatMap((gate) => gate.gapId ?? []);
  }
  const tested = (await clinic.askPortal('POST', '/api/reminders/rules/r/test', {})).json<RuleTest>();
  told['Save & Test'] = tested.invisible.find(here)!.gapIds;
  const { entries } = await clinic.read<ReminderLog>('/api/reminders/log');
  told['the reminder log'] = entries.find((entry) => entry.outcome === 'invisible' && here(entry))!.gapIds;
  const { tasks } = await clinic.read<StaffTasks>('/api/tasks');
  told['staff tasks: the patient’s answer waits'] = tasks.find(({ waits }) => waits && here(waits))!.waits!.gapIds;
  const { items } = (await clinic.askConnect('GET', '/api/write-backs')).json<WriteBacks>();
  told['Cloud Connect: the answer waits'] = items.find(({ state }) => state === 'parked')!.gapIds;
  const { lacking } = await world.fetchSaved(pair);
  told['the attachment picker'] = lacking.find(here)!.gapIds;
  return told;
}

const isDoctors = (place: string) => place.startsWith('the Access Doctor, ');

/** The places that do not say this gap and this alone. */
const othersThan = (gapId: string, told: Readonly<Record<string, readonly string[]>>): string[] =>
  Object.keys(told).filter((place) => told[place]!.length !== 1 || told[place]![0] !== gapId);

const panelOf = (bookingId: string) => world.clinic.read<PatientPanel>(`/api/bookings/${bookingId}/patient`);

test('Visible alone taken away is one gap, of the same id at every place', { timeout: 120_000 }, async () => {
  const { clinic } = world;
  await world.remind('reminded');
  // The patient answers before the portal has heard of it: his answer waits.
  await clinic.grant(pair, all & ~bitOf.Visible);
  await world.confirm(pair);
  await world.apply(pair, all & ~bitOf.Visible);
  await world.remind('due');
  await world.settle();
  await keeper.drain();
  const [gapId, ...others] = await doctorsGaps();
  expect(gapId).toMatch(/^G-/);
  expect(others).toEqual([]);

  const told = await everywhere();
  const places = Object.keys(told);
  expect(places).toHaveLength(7 + 2 * whyPlaces.length);
  expect(othersThan(gapId!, told)).toEqual([]);

  // Planted faults: each of the places is looked at, for it is seen to say something else.
  const { rows } = await clinic.portal.query('select schedules from open_gap');
  expect(rows).toHaveLength(1);
  const plant = (found: object) =>
    clinic.portal.query('update connect.gap_record set found = found || $1::jsonb where closed_at is null', [
      JSON.stringify(found),
    ]);
  for (const [fault, schedules] of [
    ['it is of nobody', []],
    ['it is of another provider', [{ officeId: office, providerId: pairs[1]![1] }]],
  ] as const) {
    await plant({ schedules });
    expect(othersThan(gapId!, await everywhere()), fault).toEqual(places.filter((place) => !isDoctors(place)));
  }
  await plant(rows[0]!);
  // The Access Doctor reckons it from what the EMR said, and no other place does.
  const hold = (mask: number) =>
    clinic.portal.query(
      `update connect.roster_entry set columns_held = $3, columns_granted = $3 where office_id = $1 and provider_id = $2`,
      [office, provider, mask],
    );
  await hold(all & ~bitOf.Patient);
  await expect(everywhere(), 'it heard of another cell').rejects.toThrow('provider-list: expected undefined to be 3');
  await hold(all & ~bitOf.Visible);
  expect(othersThan(gapId!, await everywhere())).toEqual([]);

  // Healed, and tried again: nobody names it any more.
  await world.apply(pair, all);
  await keeper.drain();
  for (const place of whyPlaces) expect((await wayTo(place)).answer, place).toBeNull();
});

test('EMR alone taken away is in the way of files and of nothing else', { timeout: 120_000 }, async () => {
  const { clinic } = world;
  await world.apply(pair, all & ~bitOf.EMR);
  await keeper.drain();
  const [gapId] = await doctorsGaps();
  const bookingId = world.bookingOf('due', pair);
  const sent = await clinic.askPortal('POST', '/api/threads', {
    pressId: crypto.randomUUID(),
    bookingId,
    subject: 'A question',
    text: 'Please call.',
    fileIds: [],
  });
  expect(sent.statusCode).toBe(201);
  await world.settle();
  const { threads } = await clinic.read<Threads>(`/api/threads?booking=${bookingId}`);
  const thread = await clinic.read<Thread>(`/api/threads/${threads[0]!.threadId}`);
  expect(thread.thread.map(({ filed }) => filed)).toEqual(['parked']);
  const answers = Object.fromEntries(
    await Promise.all(whyPlaces.map(async (place) => [place, (await wayTo(place)).answer?.gapId ?? null] as const)),
  );
  expect({ thread: thread.gapIds, ...answers }).toEqual({
    thread: [gapId],
    'provider-list': null,
    'day-sheet': null,
    reminders: null,
    confirm: null,
    attachments: gapId,
    filing: gapId,
  });
  const { schedules } = await clinic.page(`date=${world.dateOf.due}`);
  expect(schedules.find(here)!.gapIds).toEqual([]);
});

test('the staff see what is in the way of a patient who cannot confirm, step by step', {
  timeout: 60_000,
}, async () => {
  const { clinic } = world;
  const bookingId = world.bookingOf('reminded', pair);
  const first = async () => (await panelOf(bookingId)).confirmation.answer;
  expect(await first()).toEqual({ step: 'made', state: 'fails', gapIds: [] });
  await world.remind('reminded');
  const { confirmation } = await panelOf(bookingId);
  expect([confirmation.confirmed, confirmation.answer]).toEqual([false, null]);
  expect(confirmation.steps.map(({ step, state }) => `${step} ${state}`)).toEqual([
    'connected passes',
    'member passes',
    'granted passes',
    'selected passes',
    'awaited passes',
    'made passes',
    'unchanged passes',
    'unlocked passes',
    'delivered unknown',
  ]);
  await clinic.portal.query('update appointment_link set locked_at = now() where booking_id = $1', [bookingId]);
  expect(await first()).toMatchObject({ step: 'unlocked', state: 'fails' });
  await clinic.portal.query(
    `update appointment_link set locked_at = null, start_at = start_at - interval '5 minutes' where booking_id = $1`,
    [bookingId],
  );
  expect(await first()).toMatchObject({ step: 'unchanged', state: 'fails' });
  await clinic.portal.query(
    `update appointment_link set start_at = start_at + interval '5 minutes' where booking_id = $1`,
    [bookingId],
  );
  await clinic.portal.query(`update booking set status = 'noshow' where booking_id = $1`, [bookingId]);
  expect(await first()).toMatchObject({ step: 'awaited', state: 'fails' });
  await clinic.portal.query(`update booking set status = 'booked' where booking_id = $1`, [bookingId]);

  await clinic.emr.query('update oauth_client set active = false where user_id = $1', [clinic.serviceId]);
  await clinic.sync('full');
  await keeper.drain();
  expect(await first()).toEqual({ step: 'connected', state: 'fails', gapIds: await doctorsGaps() });
  await clinic.emr.query('update oauth_client set active = true where user_id = $1', [clinic.serviceId]);
  await clinic.sync('full');
  await keeper.drain();
  await world.confirm(pair);
  expect((await panelOf(bookingId)).confirmation).toMatchObject({ confirmed: true });
});
