import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { addDays, localDateTime, weekdayOf } from '../platform/zones.ts';
import { demoOffices, demoProviders, writeDemoFiles } from './demo-clinic.ts';

interface Booking {
  readonly id: string;
  readonly status: string;
  readonly start: string;
  readonly end: string;
  readonly participant: readonly { readonly actor: { readonly reference: string }; readonly status: string }[];
}

const day = '2026-11-24';
const charted = [
  'DocumentReference',
  'Encounter',
  'DiagnosticReport',
  'Observation',
  'Account',
  'ChargeItem',
  'Coverage',
] as const;
const names = [
  'Location',
  'Practitioner',
  'PractitionerRole',
  'Schedule',
  'Patient',
  'Appointment',
  ...charted,
] as const;
const root: string[] = [];
const bytesOf = async (seed: number, of = day): Promise<Record<string, Buffer>> => {
  const directory = await mkdtemp(join(tmpdir(), 'tidegate-demo-'));
  root.push(directory);
  await writeDemoFiles({ seed, day: of, directory });
  const read = names.map(async (name) => {
    const bytes = await readFile(join(directory, name === 'Appointment' ? `${name}.ndjson.gz` : `${name}.ndjson`));
    return [name, bytes] as const;
  });
  return Object.fromEntries(await Promise.all(read));
};
let files: Record<string, Buffer>;
let bookings: Booking[];
const linesOf = (bytes: Buffer) => bytes.toString().trimEnd().split('\n');

beforeAll(async () => {
  files = await bytesOf(1042);
  bookings = linesOf(gunzipSync(files['Appointment']!)).map((line) => JSON.parse(line));
});
afterAll(() => Promise.all(root.map((directory) => rm(directory, { recursive: true, force: true }))));

test('the same seed and day give the same bytes, another seed or day other ones', async () => {
  const again = await bytesOf(1042);
  expect(names.filter((name) => !again[name]!.equals(files[name]!))).toEqual([]);
  const otherSeed = await bytesOf(7);
  expect(otherSeed['Patient']!.equals(files['Patient']!)).toBe(false);
  expect((await bytesOf(1042, '2026-11-25'))['Appointment']!.equals(files['Appointment']!)).toBe(false);
});

test('four offices, eighteen providers, some in several offices, about 3,000 patients and 90 days of bookings', () => {
  const counts = names.slice(0, 5).map((name) => linesOf(files[name]!).length);
  expect(counts).toEqual([4, 18, 23, 23, 3000]);
  expect(bookings.length).toBeGreaterThan(10_000);
  const days = bookings.map((booking) => booking.start.slice(0, 10)).sort();
  expect([days[0]! >= addDays(day, -46), days.at(-1)! <= addDays(day, 46)]).toEqual([true, true]);
  const statuses = (past: boolean) =>
    [...new Set(bookings.filter((one) => one.start < `${day}T00` === past).map((one) => one.status))].sort();
  expect(statuses(true)).toEqual(['cancelled', 'fulfilled', 'noshow']);
  expect(statuses(false)).toEqual(['booked', 'cancelled']);
  expect(bookings.some((one) => one.status === 'booked' && one.participant[0]!.status === 'accepted')).toBe(true);
});

test('a hundred and fifty patients have a chart: letters that are what they say, notes, results with values, bills and coverage', () => {
  const of = (type: string) => linesOf(files[type]!).map((line) => JSON.parse(line));
  expect(charted.map((type) => of(type).length)).toEqual([150, 150, 150, of('Observation').length, 75, 75, 150]);
  expect(of('Observation').length).toBeGreaterThan(300);
  const contents = of('DocumentReference').map(({ content }) => content[0].attachment);
  const begin = contents.map(({ contentType, data }) => [
    contentType,
    Buffer.from(data, 'base64').subarray(0, 5).toString(),
  ]);
  expect(begin.filter(([type, first]) => type === 'application/pdf' && first === '%PDF-').length).toBe(100);
  expect(begin.filter(([type]) => type === 'text/plain').length).toBe(50);
  const pdf = Buffer.from(contents[0].data, 'base64').toString('latin1');
  // Readers find the cross-reference table by this number, and each object by the table.
  const table = pdf.slice(Number(/startxref\n(\d+)/.exec(pdf)![1]));
  expect(table.startsWith('xref\n0 6\n')).toBe(true);
  const offsets = [...table.matchAll(/^(\d{10}) 00000 n /gm)].map(([, at]) => Number(at));
  expect(offsets.map((at, n) => pdf.slice(at).startsWith(`${n + 1} 0 obj`))).toEqual([true, true, true, true, true]);
  const listed = of('DiagnosticReport').flatMap(({ result }) =>
    result.map((one: { reference: string }) => one.reference.split('/')[1]),
  );
  expect(listed.toSorted()).toEqual(
    of('Observation')
      .map(({ id }) => id)
      .toSorted(),
  );
});

test('bookings lie on weekdays in open hours of their office, and no provider has two at once', () => {
  const zones = new Map<string, string>(demoOffices.map(({ id, zone }) => [`Location/${id}`, zone]));
  const last = new Map<string, string>();
  const sorted = bookings.toSorted((a, b) => (a.start < b.start ? -1 : 1));
  for (const { start, end, participant } of sorted) {
    const [, provider, office] = participant.map((one) => one.actor.reference);
    const { date, time } = localDateTime(zones.get(office!)!, new Date(start));
    const until = localDateTime(zones.get(office!)!, new Date(end)).time;
    const open = (time >= '08:00' && until <= '12:00') || (time >= '13:00' && until <= '16:30');
    if (weekdayOf(date) > 5 || !open) throw new Error(`closed: ${office} ${date} ${time} to ${until}`);
    if ((last.get(provider!) ?? '') > start) throw new Error(`twice: ${provider} ${start}`);
    last.set(provider!, end);
  }
  expect(last.size).toBe(demoProviders.length);
});

test('nobody can be taken for real: mail to .example, 555-01xx, names that say so', () => {
  const contacts = [...files['Patient']!.toString().matchAll(/"system":"(email|phone)","value":"([^"]+)"/g)];
  expect(contacts.length).toBeGreaterThan(5000);
  for (const [, system, value] of contacts)
    expect(value).toMatch(system === 'email' ? /@mail\.example$/ : /^604-555-01\d\d$/);
  // Every family name is one of a list that was read by a person; here only that nothing ordinary slipped in.
  expect(files['Patient']!.toString()).not.toMatch(/"family":"(Smith|Tremblay|Martin|Roy|Brown|Lee|Singh|Gagnon)\b/);
});
