// From a gap to its certificate against a real EMR: what stood before is kept, the end is proved by asking, and the file is believed only as it
// was signed.
import { afterAll, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import { certificateKey, signCertificate, verifyCertificate } from '../src/connect/certificates/certificate.ts';
import type { CertificateView, GapHistory } from '../src/connect/contract/certificates.ts';
import type { Diagnosis } from '../src/connect/contract/doctor.ts';
import { columnsNeededBy, features } from '../src/connect/contract/features.ts';
import { createGapKeeper, type GapKeeper } from '../src/connect/index.ts';
import { bitOf, columns } from '../src/fhir/columns.ts';
import { systemClock } from '../src/platform/clock.ts';
import { createLog } from '../src/platform/log.ts';
import { all, type Slice, type SyncClinic, syncClinic } from './sync-clinic.ts';
import { certificateSeed, sealingKey } from './sync-portal.ts';

const hillCho: Slice = ['hill', 'cho'];
let clinic: SyncClinic;
let keeper: GapKeeper;
beforeAll(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl'), perSlice: 5 });
  keeper = createGapKeeper({
    syncUrl: clinic.syncUrl,
    sealingKey,
    certificateSeed,
    clock: systemClock,
    log: createLog({ level: 'fatal', name: 'test' }),
  });
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
  await clinic.portal.query('truncate connect.gap_record, connect.certificate');
});

const ask = async <T>(path: string) => (await clinic.askConnect('GET', path)).json<T>();
const gaps = async () => (await ask<Diagnosis>('/api/doctor')).gaps;
const ended = async () => (await ask<GapHistory>('/api/gap-history')).entries;
/** As after an announcement of the EMR. */
const hear = async () => {
  await clinic.sync('recent', { cause: 'announced' });
  await keeper.drain();
};
const certificate = async () => {
  const [entry] = await ended();
  expect(entry).toMatchObject({ ending: 'proved', certificateId: expect.any(String) });
  return ask<CertificateView>(`/api/certificates/${entry!.certificateId}`);
};

test('a cell that is taken away and given back ends in a certificate of that cell, and of what it broke', async () => {
  await clinic.grant(hillCho, all & ~bitOf.Patient);
  await hear();
  const [gap] = await gaps();
  expect(gap).toMatchObject({ cause: 'cells', proof: null });
  expect(await ended()).toEqual([]);
  await clinic.grant(hillCho, all);
  await hear();
  expect(await gaps()).toEqual([]);
  const { content, document } = await certificate();
  expect(content.gap).toMatchObject({ gapId: gap!.gapId, cause: 'cells' });
  expect(content.cells.map(({ column, before, after }) => [column, before, after])).toEqual(
    columns.map((column) => [column, column !== 'Patient', true]),
  );
  const broken = features.filter((feature) => (columnsNeededBy[feature] & bitOf.Patient) !== 0);
  expect(content.features.map(({ feature, before, after, probe }) => [feature, before, after, probe.result])).toEqual(
    broken.map((feature) => [feature, 'broken', 'works', feature === 'reminders' ? 'not-probed' : 'passed']),
  );
  expect(content.counts).toMatchObject([{ before: { shown: 0, hidden: 5 }, after: { shown: 5, hidden: 0 } }]);
  expect(content.evidence.permissionVersionAfter).not.toBe(content.evidence.permissionVersionBefore);
  expect(content.evidence.runs.map(({ mode }) => mode)).toContain('slice');
  const { publicJwk } = await certificateKey(certificateSeed);
  expect(await verifyCertificate(`${document}\n`, [publicJwk])).toMatchObject({ genuine: true, content });
  expect(JSON.stringify(content)).not.toMatch(/Madeup|patient-\d|mail\.example/);
});

test('a gap that is mended bit by bit is certified once, for all that it broke', async () => {
  await clinic.grant(hillCho, all & ~bitOf.Patient & ~bitOf.EMR);
  await hear();
  await clinic.grant(hillCho, all & ~bitOf.EMR);
  await hear();
  expect(await gaps()).toMatchObject([{ columns: ['EMR'], features: ['attachments', 'filing'] }]);
  expect(await ended()).toEqual([]);
  await clinic.grant(hillCho, all);
  await hear();
  const { content } = await certificate();
  expect(content.features.map(({ feature }) => feature)).toEqual([
    ...['day-sheet', 'reminders', 'attachments', 'filing'],
  ]);
  expect(content.cells.filter(({ before, after }) => before !== after).map(({ column }) => column)).toEqual([
    'Patient',
    'EMR',
  ]);
});

test('an office that our user is of again, and a row that holds again, are certified for each of their schedules', async () => {
  const { rows } = await clinic.emr.query(
    `delete from office_membership where user_id = $1 and office_id = 'hill' returning *`,
    [clinic.serviceId],
  );
  const until = (instant: string) =>
    clinic.emr.query(
      `update permission_grant set access_until = ${instant}, access_until_day = (${instant})::date where office_id = 'shore' and provider_id = 'cho'`,
    );
  const bump = () =>
    clinic.emr.query('update app_user set permission_version = permission_version + 1 where user_id = $1', [
      clinic.serviceId,
    ]);
  await until(`now() - interval '3 days'`);
  await bump();
  await hear();
  expect((await gaps()).map(({ cause }) => cause).sort()).toEqual(['expiry', 'membership']);
  const names = Object.keys(rows[0]!);
  await clinic.emr.query(
    `insert into office_membership (${names.join(', ')}) values (${names.map((_, index) => `$${index + 1}`).join(', ')})`,
    Object.values(rows[0]!),
  );
  await until('null::timestamptz');
  await bump();
  await hear();
  expect(await gaps()).toEqual([]);
  const entries = await ended();
  expect(entries.map(({ cause, ending }) => [cause, ending]).sort()).toEqual([
    ['expiry', 'proved'],
    ['membership', 'proved'],
  ]);
  const membership = entries.find(({ cause }) => cause === 'membership')!;
  const { content } = await ask<CertificateView>(`/api/certificates/${membership.certificateId}`);
  expect(content.counts.map(({ providerId, after }) => [providerId, after])).toEqual([
    ['abel', { shown: 5, hidden: 0 }],
    ['cho', { shown: 5, hidden: 0 }],
  ]);
  expect(content.features).toHaveLength(2 * features.length);
});

test('where a probe fails the gap stays open and says which; it ends when the probe passes', async () => {
  await clinic.grant(hillCho, all & ~bitOf.EMR);
  await hear();
  await clinic.grant(hillCho, all);
  // The EMR says that all is held, and withholds all the same.
  clinic.proxy.mishap = (path) => (path.startsWith('/fhir/DocumentReference') ? { status: 409 } : undefined);
  await hear();
  const [gap, ...others] = await gaps();
  expect(others).toEqual([]);
  expect(gap!.proof!.failing).toMatchObject([{ feature: 'attachments' }]);
  expect(gap!.proof!.failing[0]!.text).toContain('409');
  expect(await ended()).toEqual([]);
  clinic.proxy.mishap = () => undefined;
  await clinic.portal.query('update connect.connection set gaps_due_at = now()');
  await keeper.drain();
  expect(await gaps()).toEqual([]);
  await certificate();
});

test('bookings that the EMR lists and the portal does not are seen by the probe, whatever the run said', async () => {
  await clinic.grant(hillCho, all & ~bitOf.Scheduling);
  await hear();
  await clinic.grant(hillCho, all);
  await clinic.sync('recent', { cause: 'announced' });
  await clinic.portal.query(
    `update booking set state = 'visibility-lost' where booking_id = (select min(booking_id) from booking where office_id = 'hill' and provider_id = 'cho')`,
  );
  await keeper.drain();
  expect((await gaps())[0]!.proof!.failing.map(({ feature }) => feature)).toEqual(['day-sheet']);
  expect(await ended()).toEqual([]);
});

test('bookings beyond the days that are synchronised are no word against the pages', async () => {
  await clinic.select(['abel', 'baker', 'cho'], { features: [...features], windowDays: 5 });
  await clinic.sync('full');
  await clinic.grant(hillCho, all & ~bitOf.Scheduling);
  await hear();
  await clinic.grant(hillCho, all);
  await hear();
  const { content } = await certificate();
  expect(content.features.find(({ feature }) => feature === 'day-sheet')!.probe.said.params['count']).toBe(
    content.counts[0]!.after.shown,
  );
});

test('reminders are probed by a dry run of the rules that are switched on: whom they would reach is counted for the schedule', async () => {
  // Of a patient with two that day one reminder goes; Baker sees each of his once.
  const shoreBaker: Slice = ['shore', 'baker'];
  const { rows } = await clinic.portal.query<{ days: number; due: number }>(
    `select (b.start_at at time zone o.zone)::date - (now() at time zone s.zone)::date as days, count(*) as due
       from booking b join office o using (site_id, connection_id, office_id) join site s using (site_id)
      where b.office_id = 'shore' and b.provider_id = 'baker' and b.state = 'present' and b.start_at > now() + interval '1 day'
      group by 1 order by 1 limit 1`,
  );
  const { days, due } = rows[0]!;
  await clinic.emr.query(
    `update patient set email = patient_id || '@mail.example', version_id = version_id + 1, last_updated = now()`,
  );
  const rule = {
    ...{ name: 'Ahead', days, providerIds: ['baker'], typeTexts: [], typesExcluded: false, confirmation: false },
    ...{ cancellation: false, cancelNoticeMinutes: 0, calendar: false, alsoConfirmed: true },
    ...{ subjectEn: 'Soon', textEn: '{day}', subjectFr: 'Bientôt', textFr: '{day}' },
  };
  const put = await clinic.askPortal('PUT', '/api/reminders/rules/r1', { version: 0, rule });
  expect(put.statusCode).toBe(200);
  const on = await clinic.askPortal('POST', '/api/reminders/rules/r1/enabled', { version: 1, enabled: true });
  expect(on.statusCode).toBe(200);
  try {
    await clinic.grant(shoreBaker, all & ~bitOf.Patient);
    await hear();
    await clinic.grant(shoreBaker, all);
    await hear();
    const { content } = await certificate();
    expect(content.features.find(({ feature }) => feature === 'reminders')!.probe).toMatchObject({
      result: 'passed',
      said: { key: 'certificate.probe.reminders', params: { count: due } },
    });
  } finally {
    await clinic.portal.query('delete from reminder_rule');
  }
});

test('a confirmation is tried on the booking that the clinic has named, read back and taken back; on no other', async () => {
  const bookingOf = async ([office, provider]: Slice) => {
    const { rows } = await clinic.emr.query<{ id: string; version: number; participation: string }>(
      `select appointment_id as id, version_id as version, participation from appointment
        where office_id = $1 and provider_id = $2 and status = 'booked' and start_at > now() + interval '1 hour' and patient_id is not null
        order by appointment_id limit 1`,
      [office, provider],
    );
    return rows[0]!;
  };
  const probed = async (testBookingId: string | null) => {
    await clinic.select(['abel', 'baker', 'cho'], { features: [...features], testBookingId });
    await clinic.grant(hillCho, all & ~bitOf.Scheduling);
    await hear();
    await clinic.grant(hillCho, all);
    await hear();
    const { content } = await certificate();
    const { result, said } = content.features.find(({ feature }) => feature === 'confirm')!.probe;
    await clinic.portal.query('truncate connect.gap_record, connect.certificate');
    return [result, said.key.replace('certificate.probe.', '')];
  };
  const there = await bookingOf(hillCho);
  expect(await probed(null)).toEqual(['not-probed', 'no-test-booking']);
  expect(await probed('never-was')).toEqual(['not-probed', 'test-booking-gone']);
  expect(await probed((await bookingOf(['shore', 'baker'])).id)).toEqual(['not-probed', 'test-booking-elsewhere']);
  expect(await bookingOf(hillCho)).toEqual(there);
  expect(await probed(there.id)).toEqual(['passed', 'confirm-round-trip']);
  expect(await bookingOf(hillCho)).toEqual({ ...there, version: there.version + 2 });
  await clinic.emr.query(
    `update appointment set participation = 'accepted', version_id = version_id + 1, last_updated = now() where appointment_id = $1`,
    [there.id],
  );
  expect(await probed(there.id)).toEqual(['passed', 'confirm-round-trip']);
  expect(await bookingOf(hillCho)).toEqual({ ...there, participation: 'accepted', version: there.version + 5 });
  await clinic.emr.query(
    `update appointment set status = 'arrived', version_id = version_id + 1, last_updated = now() where appointment_id = $1`,
    [there.id],
  );
  expect(await probed(there.id)).toEqual(['not-probed', 'test-booking-unfit']);
});

test.each([
  ['refused', 1, /refused the confirmation/],
  ['not shown afterwards', 2, /does not show it/],
  ['not taken back', 3, /could not be set back/],
] as const)('a confirmation of the test booking that is %s leaves the gap open', async (_what, failing, text) => {
  const { rows } = await clinic.emr.query<{ id: string }>(
    `select appointment_id as id from appointment
      where office_id = 'hill' and provider_id = 'cho' and status = 'booked' and start_at > now() + interval '1 hour' and patient_id is not null
      order by appointment_id limit 1`,
  );
  const { id } = rows[0]!;
  await clinic.select(['abel', 'baker', 'cho'], { features: [...features], testBookingId: id });
  await clinic.grant(hillCho, all & ~bitOf.Scheduling);
  await hear();
  await clinic.grant(hillCho, all);
  let asked = 0;
  clinic.proxy.mishap = (path) =>
    path === `/fhir/Appointment/${id}` && asked++ === failing ? { status: 422 } : undefined;
  await hear();
  const [gap] = await gaps();
  expect(gap!.proof!.failing).toEqual([{ feature: 'confirm', text: expect.stringMatching(text) }]);
  expect(await ended()).toEqual([]);
  clinic.proxy.mishap = () => undefined;
  await clinic.portal.query('update connect.connection set gaps_due_at = now()');
  await keeper.drain();
  expect(await gaps()).toEqual([]);
});

test('what nobody asks for any more ends without a certificate', async () => {
  await clinic.grant(hillCho, all & ~bitOf.Billing);
  await hear();
  await clinic.select(['abel', 'baker', 'cho'], { features: features.filter((feature) => feature !== 'balance') });
  await keeper.drain();
  expect(await gaps()).toEqual([]);
  expect(await ended()).toMatchObject([{ ending: 'withdrawn', certificateId: null }]);
});

test('a certificate is believed byte for byte as it was signed, by the key that signed it, and of its own site alone', async () => {
  await clinic.grant(hillCho, all & ~bitOf.Labs);
  await hear();
  await clinic.grant(hillCho, all);
  await hear();
  const { document, content } = await certificate();
  const { publicJwk } = await certificateKey(certificateSeed);
  const keys = [publicJwk];
  expect(await verifyCertificate(document, keys)).toMatchObject({ genuine: true });
  const other = await certificateKey(Buffer.alloc(32, 99));
  expect(await verifyCertificate(document, [other.publicJwk])).toEqual({ genuine: false, why: 'another-key' });
  const forged = await signCertificate({ ...content, site: 'Elsewhere' }, other);
  expect(await verifyCertificate(forged, keys)).toEqual({ genuine: false, why: 'another-key' });
  const answer = await clinic.askConnect('GET', '/api/certificates/nobody');
  expect(answer.statusCode).toBe(404);
});
