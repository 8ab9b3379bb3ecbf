// *Why is this missing?* on the portal: the same gap id as the Access Doctor's, gate by gate, and never a word of who may not be seen.
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { Diagnosis } from '../src/connect/contract/doctor.ts';
import { features } from '../src/connect/contract/features.ts';
import { createGapKeeper, type GapKeeper } from '../src/connect/index.ts';
import { bitOf } from '../src/fhir/columns.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLog } from '../src/platform/log.ts';
import { addDays } from '../src/platform/zones.ts';
import type { WhyAnswer } from '../src/portal/contract/why.ts';
import { all, type Slice, type SyncClinic, syncClinic } from './sync-clinic.ts';
import { certificateSeed, sealingKey } from './sync-portal.ts';

const hillCho: Slice = ['hill', 'cho'];
let clinic: SyncClinic;
let keeper: GapKeeper;
beforeAll(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl'), perSlice: 5 });
  const log = createLog({ level: 'fatal', name: 'test' });
  keeper = createGapKeeper({ syncUrl: clinic.syncUrl, sealingKey, certificateSeed, clock: systemClock, log });
});
afterAll(async () => {
  await keeper.stop();
  await clinic.close();
});
beforeEach(async () => {
  await clinic.select(['abel', 'baker', 'cho'], { features: [...features] });
  await clinic.grantAll(all);
  await clinic.sync('full');
  await keeper.drain();
});

const why = (query: Record<string, string> = {}) => clinic.read<WhyAnswer>(`/api/why?${new URLSearchParams(query)}`);
const wayOf = ({ schedules }: WhyAnswer, [office, provider]: Slice) =>
  schedules.find((one) => one.officeId === office && one.providerId === provider)!;
const hear = async () => {
  await clinic.sync('recent', { cause: 'announced' });
  await keeper.drain();
};
const gapIds = async () =>
  (await clinic.askConnect('GET', '/api/doctor')).json<Diagnosis>().gaps.map(({ gapId }) => gapId);

test('where nothing is missing nothing is in the way, and who may be seen is found with his day', async () => {
  const answer = await why({ name: 'Madeup1' });
  expect(answer.schedules.map(({ answer: first }) => first)).toEqual(answer.schedules.map(() => null));
  expect(answer.found.length).toBeGreaterThan(0);
  for (const one of answer.found) expect(one.patientDisplay).toContain('Madeup1');
  const [first] = answer.found;
  const hill = await why({ office: 'hill' });
  expect(new Set(hill.schedules.map(({ officeId }) => officeId))).toEqual(new Set(['hill']));
  const again = await why({ time: first!.start, date: first!.date, provider: first!.providerId });
  expect(again.found.map(({ bookingId }) => bookingId)).toContain(first!.bookingId);
});

test('a missing cell is the third gate, with the gap id that the Access Doctor and the pages give it', async () => {
  await clinic.grant(hillCho, all & ~bitOf.Patient);
  await hear();
  const [gapId, ...others] = await gapIds();
  expect(others).toEqual([]);
  expect(wayOf(await why(), hillCho).answer).toEqual({ gate: 3, state: 'fails', gapId });
  const { schedules } = await clinic.page();
  expect(
    schedules.filter((one) => one.gapIds.length > 0).map((one) => [one.officeId, one.providerId, one.gapIds]),
  ).toEqual([[...hillCho, [gapId]]]);
  await clinic.grant(hillCho, all);
  await hear();
  expect(wayOf(await why(), hillCho).answer).toBeNull();
});

test('a provider who is not selected, a day beyond the window and a client that is not taken are gates 4, 5 and 1', async () => {
  await clinic.select(['abel', 'baker'], { features: [...features] });
  await keeper.drain();
  expect(wayOf(await why(), hillCho).answer).toEqual({ gate: 4, state: 'fails', gapId: (await gapIds())[0] });
  const { today, lastDay, windowDays } = await why();
  expect([lastDay, windowDays]).toEqual([addDays(today, 13), 14]);
  const beyond = await why({ date: addDays(today, 14) });
  expect(wayOf(beyond, ['hill', 'abel']).answer).toMatchObject({ gate: 5 });
  expect(wayOf(await why({ date: addDays(today, 13) }), ['hill', 'abel']).answer).toBeNull();
  await clinic.emr.query('update oauth_client set active = false where user_id = $1', [clinic.serviceId]);
  await clinic.sync('full');
  await keeper.drain();
  expect(wayOf(await why(), ['hill', 'abel']).answer).toMatchObject({ gate: 1, gapId: expect.stringMatching(/^G-/) });
  await clinic.emr.query('update oauth_client set active = true where user_id = $1', [clinic.serviceId]);
});

test('who may not be seen is not told of: his name is answered as one that nobody has', async () => {
  await clinic.grant(hillCho, all & ~bitOf.Patient);
  await hear();
  const hidden = await clinic.portal.query<{ family: string }>(
    `select distinct p.family from booking b join patient p using (site_id, connection_id, patient_id)
      where b.office_id = 'hill' and b.provider_id = 'cho'
        and not exists (select from booking o where o.patient_id = b.patient_id and o.state = 'present' and not o.patient_masked)`,
  );
  await clinic.emr.query(`update patient set family = 'Hiddenonly' where patient_id = 'patient-39'`);
  const { asked: _name, ...unknown } = await why({ name: 'Nobodyatall' });
  for (const name of ['Hiddenonly', ...hidden.rows.map(({ family }) => family)]) {
    const { asked: _other, ...answer } = await why({ name });
    expect(answer).toEqual(unknown);
  }
});
