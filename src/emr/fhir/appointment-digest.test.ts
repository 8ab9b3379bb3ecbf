// The digests against what an export gives, put together here once more as docs/build-against-this-emr.md has it, from FHIR and without SQL.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type DigestedPeriod, digestsFromParameters } from '../../fhir/appointment-digest.ts';
import { dataAbsentReasonUrl, permissionVersionHeader } from '../../fhir/outcome.ts';
import { createTestClinic, pairs, type TestClinic } from './test-clinic.ts';

const salt = 'a-salt-of-this-test_0123456789';
const cuts = ['2026-11-24T00:00:00Z', '2026-11-24T16:00:00Z', '2026-11-24T20:30:00.5Z', '2026-11-26T00:00:00Z'];

let clinic: TestClinic;
let token: string;
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  token = await clinic.token();
  await clinic.owner.query(
    `insert into patient (tenant_id, patient_id, family, given) values (7001, 'bare', 'Bare', '');
     insert into patient_pair (tenant_id, patient_id, office_id, provider_id) values (7001, 'bare', 'north', 'abel');
     insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, participation, type_text, start_at, end_at)
     values (7001, 'nobody', 'north', 'baker', null, 'booked', 'accepted', null, '2026-11-24 20:30:00.5Z', '2026-11-24 21:00Z'),
            (7001, 'bare', 'north', 'abel', 'bare', 'arrived', 'accepted', 'Bare', '2026-11-24 20:30:00.499999Z', '2026-11-24 21:00Z'),
            (7001, 'mistake', 'north', 'abel', 'bare', 'entered-in-error', 'accepted', 'x', '2026-11-24 15:00Z', '2026-11-24 16:00Z'),
            (7001, 'before', 'north', 'abel', 'bare', 'booked', 'accepted', 'x', '2026-11-23 23:59:59.999999Z', '2026-11-24 16:00Z'),
            (7001, 'after', 'south', 'abel', 'of-south-abel', 'booked', 'accepted', 'x', '2026-11-26 00:00Z', '2026-11-26 16:00Z')`,
  );
});
afterAll(() => clinic?.close());

const ask = (url: string, headers: Record<string, string> = {}) =>
  clinic.app.inject({ url, headers: { authorization: `Bearer ${token}`, ...headers } });
const digests = async (query = `salt=${salt}&cut=${cuts.join(',')}`) => {
  const answer = await ask(`/fhir/Appointment/$digest?${query}`);
  return {
    status: answer.statusCode,
    version: answer.headers[permissionVersionHeader],
    periods: digestsFromParameters(answer.json()),
  };
};

// biome-ignore lint/suspicious/noExplicitAny: FHIR as it came.
type Resource = any;

async function exported(): Promise<{ appointments: Resource[]; patients: Map<string, Resource> }> {
  const started = await ask('/fhir/$export?_type=Appointment,Patient', { prefer: 'respond-async' });
  const url = String(started.headers['content-location']).replace('http://emr.test', '');
  const file = async (type: string): Promise<Resource[]> =>
    (await ask(`${url}/${type}.ndjson`)).body
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  const patients = await file('Patient');
  return { appointments: await file('Appointment'), patients: new Map(patients.map((one) => [one.id, one])) };
}

/** Microseconds since 2000. */
const micros = (instant: string): bigint => {
  const [, whole, fraction = ''] = /^(.{19})(?:\.(\d+))?Z$/.exec(instant)!;
  return BigInt(Date.parse(`${whole}Z`) - Date.UTC(2000, 0, 1)) * 1000n + BigInt(fraction.padEnd(6, '0'));
};
const bytes = (instant: string): Buffer => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigInt64BE(micros(instant));
  return buffer;
};
const sha256 = (...parts: (Buffer | string)[]): Buffer => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};
const joined = (...parts: (string | undefined)[]): string => parts.map((part) => part ?? '\u001e').join('\u001f');
const telecom = (patient: Resource, system: string) =>
  patient.telecom?.find((one: Resource) => one.system === system)?.value;

function hashOf(booking: Resource, patients: Map<string, Resource>): Buffer {
  const actor = (type: string) =>
    booking.participant.find((one: Resource) => one.actor.reference.startsWith(`${type}/`));
  const id = (type: string) => actor(type)?.actor.reference.split('/')[1];
  const who = actor('Patient');
  const masked = who?.actor.extension?.some(
    (one: Resource) => one.url === dataAbsentReasonUrl && one.valueCode === 'masked',
  );
  const patient = patients.get(id('Patient'));
  const days = patient?.birthDate && String(Date.parse(patient.birthDate) / 86_400_000);
  const content =
    patient &&
    sha256(
      joined(
        ...[patient.meta.versionId, patient.name[0].family, patient.name[0].given?.[0] ?? '', days, patient.gender],
        ...[telecom(patient, 'phone'), telecom(patient, 'email'), patient.communication[0].language.coding[0].code],
        patient.identifier?.[0].value,
      ),
    );
  return sha256(
    ...[bytes(booking.meta.lastUpdated), bytes(booking.start), bytes(booking.end)],
    joined(
      ...[salt, booking.id, id('Location'), id('Practitioner'), booking.meta.versionId, booking.status],
      ...[booking.serviceType?.[0].text, who ? joined(id('Patient'), who.status, '') : ''],
    ),
    who ? (masked ? 'masked' : (content ?? 'withheld')) : '',
  );
}

async function expected(): Promise<DigestedPeriod[]> {
  const { appointments, patients } = await exported();
  const at = cuts.map(micros);
  const groups = new Map<string, { place: Omit<DigestedPeriod, 'count' | 'digest'>; hashes: Buffer[] }>();
  for (const booking of appointments) {
    const period = at.findLastIndex((cut) => cut <= micros(booking.start));
    if (booking.status === 'entered-in-error' || period < 0 || period >= cuts.length - 1) continue;
    const [providerId, officeId] = ['Practitioner', 'Location'].map(
      (type) =>
        booking.participant.find((one: Resource) => one.actor.reference.startsWith(type)).actor.reference.split('/')[1],
    );
    const place = { officeId, providerId, period };
    const group = groups.get(JSON.stringify(place)) ?? { place, hashes: [] as Buffer[] };
    group.hashes.push(hashOf(booking, patients));
    groups.set(JSON.stringify(place), group);
  }
  return [...groups.values()].map(({ place, hashes }) => {
    const sum = hashes.reduce((total, hash) => total + hash.readBigInt64BE(0), 0n);
    return { ...place, count: hashes.length, digest: String(sum) };
  });
}
const sorted = (periods: readonly DigestedPeriod[]) =>
  [...periods].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

describe('the digests of bookings', () => {
  it('are of what an export gives to the same client, whatever he holds', async () => {
    let [named, masked] = [0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(fc.constantFrom(63, 34), fc.integer({ min: 0, max: 63 })), { minLength: 4, maxLength: 4 }),
        async (columns) => {
          for (const [index, pair] of pairs.entries()) await clinic.setGrant(pair, columns[index]!);
          const { status, periods } = await digests();
          expect(status).toBe(200);
          expect(sorted(periods)).toEqual(sorted(await expected()));
          named += periods.length;
          masked += columns.filter((one) => (one & 35) === 34).length;
        },
      ),
      { numRuns: 25, examples: [[[63, 63, 63, 63]], [[0, 0, 0, 0]], [[34, 63, 63, 34]], [[63, 32, 2, 1]]] },
    );
    expect(named).toBeGreaterThan(50);
    expect(masked).toBeGreaterThan(2);
  });

  it('are of this moment, of this salt and of these permissions', async () => {
    for (const pair of pairs) await clinic.setGrant(pair, 63);
    const before = await digests();
    expect(await digests()).toEqual(before);
    const salted = await digests(`salt=another-salt-of-this-test&cut=${cuts.join(',')}`);
    expect(salted.periods.map(({ count }) => count).sort()).toEqual(before.periods.map(({ count }) => count).sort());
    const values = new Set(before.periods.map(({ digest }) => digest));
    expect(salted.periods.filter(({ digest }) => values.has(digest))).toEqual([]);
    await clinic.owner.query(
      `update patient set version_id = version_id + 1 where patient_id = 'bare' and tenant_id = 7001`,
    );
    const after = await digests();
    const differ = after.periods.filter(({ digest }) => !values.has(digest));
    expect(differ).toMatchObject([{ officeId: 'north', providerId: 'abel', period: 1 }]);
    await clinic.setGrant(pairs[0]!, 62);
    expect((await digests()).version).not.toBe(after.version);
  });

  it.each([
    ['no salt', `cut=${cuts.join(',')}`, 'salt'],
    ['a salt that is short', `salt=abc&cut=${cuts.join(',')}`, 'salt'],
    ['one cut', `salt=${salt}&cut=${cuts[0]}`, 'cut'],
    ['cuts that do not ascend', `salt=${salt}&cut=${cuts[1]},${cuts[0]}`, 'cut'],
    ['what is no instant', `salt=${salt}&cut=${cuts[0]},tomorrow`, 'cut'],
    [
      'too many',
      `salt=${salt}&cut=${Array.from({ length: 201 }, (_, n) => `2026-11-24T00:00:00.${String(n).padStart(3, '0')}Z`)}`,
      'cut',
    ],
    ['what it does not know', `salt=${salt}&cut=${cuts.join(',')}&office=north`, 'office'],
  ])('are refused for %s', async (_what, query, parameter) => {
    const answer = await ask(`/fhir/Appointment/$digest?${query}`);
    expect([answer.statusCode, answer.json().issue[0].expression]).toEqual([400, [parameter]]);
  });

  it('want both scopes, and leave a record', async () => {
    const only = await clinic.token(7001, 'system/Appointment.rs');
    const url = `/fhir/Appointment/$digest?salt=${salt}&cut=${cuts.join(',')}`;
    const answer = await clinic.app.inject({ url, headers: { authorization: `Bearer ${only}` } });
    expect(answer.statusCode).toBe(403);
    await digests();
    const { rows } = await clinic.owner.query(
      `select kind, entity_type, entity_id, status from access_event where route like '%$digest' order by event_id desc limit 1`,
    );
    expect(rows).toEqual([{ kind: 'read', entity_type: 'Appointment', entity_id: '$digest', status: 200 }]);
  });
});
