import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { allColumns, columnSet } from '../../fhir/columns.ts';
import { withheldCellsIn } from '../../fhir/outcome.ts';
import { versionOfWhole } from '../if-match.ts';
import { setAppointmentTypes, setOpenHours } from '../scheduling/set-open-hours.ts';
import { clinicId, createTestClinic, type Pair, pairs, type TestClinic } from './test-clinic.ts';

let clinic: TestClinic;
let token: string;
const actor = { tenantId: clinicId, userId: 'service' };
const [northAbel, northBaker] = pairs as [Pair, Pair, Pair, Pair];
// Toronto; 4 January 2027 is a Monday.
const day = 'start=ge2027-01-04T05:00Z&start=lt2027-01-05T05:00Z';
beforeAll(async () => {
  clinic = await createTestClinic(inject('adminUrl'), fileURLToPath(new URL('../migrations', import.meta.url)));
  token = await clinic.token(undefined, 'system/*.cruds');
  for (const [officeId, providerId] of [northAbel, northBaker]) {
    const from = { version: versionOfWhole({ hours: [] }) };
    const hours = [{ weekday: 1, from: '09:00', until: '11:00', slotMinutes: 30 }];
    await setOpenHours(clinic.context, actor, { officeId, providerId }, { hours }, from);
  }
});
afterAll(() => clinic?.close());
beforeEach(async () => {
  for (const pair of pairs) await clinic.setGrant(pair, allColumns);
});

const get = (url: string) => clinic.app.inject({ url: `/fhir/${url}`, headers: { authorization: `Bearer ${token}` } });
interface Slot {
  readonly resourceType: string;
  readonly id: string;
  readonly start: string;
  readonly status: string;
  readonly schedule: { readonly reference: string };
}
interface Entry {
  readonly resource: Slot;
  readonly search: { readonly mode: string };
}
const entries = async (query: string): Promise<Entry[]> => {
  const answer = await get(`Slot?${query}`);
  expect([answer.statusCode, answer.statusCode === 200 ? '' : answer.body]).toEqual([200, '']);
  return answer.json().entry ?? [];
};
const slots = async (query: string): Promise<Slot[]> =>
  (await entries(query)).filter(({ search }) => search.mode === 'match').map(({ resource }) => resource);
const book = (slot: Slot, more: object = {}) =>
  clinic.app.inject({
    method: 'POST',
    url: '/fhir/Appointment',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/fhir+json' },
    payload: JSON.stringify({
      resourceType: 'Appointment',
      status: 'booked',
      start: slot.start,
      minutesDuration: 30,
      slot: [{ reference: `Slot/${slot.id}` }],
      participant: [{ actor: { reference: 'Practitioner/abel' } }],
      ...more,
    }),
  });

describe('free slots', () => {
  it('are what the open hours leave, and a booking that names one is put where the slot is', async () => {
    const found = await slots(`schedule=schedule-north-abel&${day}`);
    expect(found.map(({ start, status }) => [start, status])).toEqual([
      ['2027-01-04T14:00:00Z', 'free'],
      ['2027-01-04T14:30:00Z', 'free'],
      ['2027-01-04T15:00:00Z', 'free'],
      ['2027-01-04T15:30:00Z', 'free'],
    ]);
    const [first, second] = found as [Slot, Slot];
    expect((await book(second, { start: first.start })).statusCode).toBe(422);
    expect((await book(first, { participant: [{ actor: { reference: 'Practitioner/baker' } }] })).statusCode).toBe(422);
    const elsewhere = [{ actor: { reference: 'Practitioner/abel' } }, { actor: { reference: 'Location/south' } }];
    expect((await book(first, { participant: elsewhere })).statusCode).toBe(422);
    const made = await book(second);
    expect(made.json().participant[1].actor.reference).toBe('Location/north');
    expect((await book(second)).statusCode).toBe(409);
    const free = await slots(`schedule=Schedule/schedule-north-abel&${day}&status=free`);
    expect(free.map(({ id }) => id)).toEqual(found.map(({ id }) => id).filter((id) => id !== second.id));
    expect(await slots(`schedule=schedule-north-abel&${day}&status=busy`)).toMatchObject([{ id: second.id }]);
    expect((await get(`Slot/${second.id}`)).json()).toMatchObject({ id: second.id, status: 'busy' });
    expect((await get(`Slot/${first.id.replace(/\d$/, '7')}`)).statusCode).toBe(404);
  });

  it('need Scheduling: without it they are withheld, and the answer says so by the cell', async () => {
    const [slot] = await slots(`schedule=schedule-north-abel&${day}`);
    await clinic.setGrant(northAbel, columnSet('Visible', 'Patient'));
    const narrowed = await entries(`schedule=schedule-north-abel,schedule-north-baker&${day}&_include=Slot:schedule`);
    expect(
      narrowed.filter(({ search }) => search.mode === 'match').map(({ resource }) => resource.schedule.reference),
    ).toEqual(Array.from({ length: 4 }, () => 'Schedule/schedule-north-baker'));
    expect(narrowed.find(({ search }) => search.mode === 'include')!.resource.id).toBe('schedule-north-baker');
    expect(withheldCellsIn(narrowed.at(-1)!.resource)).toEqual([
      { officeId: 'north', providerId: 'abel', column: 'Scheduling' },
    ]);
    const [hidden, none] = [await get(`Slot/${slot!.id}`), await get('Slot/none')];
    expect([hidden.statusCode, hidden.body]).toEqual([404, none.body]);
  });

  it('come page by page, once each', async () => {
    const seen: string[] = [];
    let next: string | undefined = `Slot?${day}&_count=3`;
    while (next) {
      const bundle: { entry?: Entry[]; link: { relation: string; url: string }[] } = (await get(next)).json();
      seen.push(...(bundle.entry ?? []).map(({ resource }) => resource.id));
      next = bundle.link.find(({ relation }) => relation === 'next')?.url.split('/fhir/')[1];
    }
    expect([seen.length, new Set(seen).size]).toEqual([8, 8]);
  });

  it.each([
    ['start=ge2027-01-01&start=lt2028-01-01', 'start'],
    ['start=ne2027-01-01', 'start'],
    ['schedule=Location/x', 'schedule'],
    ['status=tentative', 'status'],
    ['schedule.actor=Practitioner/abel', 'schedule.actor'],
    ['colour=red', 'colour'],
    ['_cursor=x', '_cursor'],
  ])('refuses %s and names the parameter', async (query, parameter) => {
    const answer = await get(`Slot?${query}`);
    expect([answer.statusCode, answer.json().issue[0].expression]).toEqual([400, [parameter]]);
  });

  it('without bounds are those of two weeks, and the answer says which', async () => {
    const answer = (await get('Slot')).json();
    const query = new URL(answer.link[0].url).searchParams.getAll('start').map((text) => Date.parse(text.slice(2)));
    expect(query[1]! - query[0]!).toBe(14 * 24 * 60 * 60 * 1000);
  });
});

describe('value sets', () => {
  it('hold the statuses and the clinic’s own types, expanded, for whoever belongs to an office', async () => {
    const types = [{ code: 'visit', display: 'Visit' }];
    await setAppointmentTypes(clinic.context, actor, { types }, { version: versionOfWhole({ types: [] }) });
    const all = (await get('ValueSet')).json();
    expect(all.entry.map(({ resource }: { resource: { id: string } }) => resource.id)).toEqual([
      'appointment-status',
      'appointment-type',
    ]);
    const system = 'http://emr.test/fhir/CodeSystem/appointment-type';
    const contains = [{ system, code: 'visit', display: 'Visit' }];
    for (const url of [
      'ValueSet/appointment-type',
      'ValueSet/appointment-type/$expand',
      'ValueSet/$expand?url=http://emr.test/fhir/ValueSet/appointment-type',
    ]) {
      expect((await get(url)).json().expansion.contains, url).toEqual(contains);
    }
    expect((await get('ValueSet?url=http://emr.test/fhir/ValueSet/appointment-status')).json().total).toBe(1);
    expect((await get('ValueSet/none')).statusCode).toBe(404);
    expect((await get('ValueSet?colour=red')).statusCode).toBe(400);
    await clinic.owner.query(`delete from office_membership where tenant_id = 7001`);
    expect((await get('ValueSet/appointment-type')).statusCode).toBe(404);
    expect((await get('ValueSet')).json().total).toBe(0);
    await clinic.owner.query(
      `insert into office_membership (tenant_id, user_id, office_id) select 7001, 'service', o from unnest(array['north', 'south']) o`,
    );
  });
});

describe('what the server says of itself', () => {
  it('is the same statement in the modes that are asked for, and names what may be written', async () => {
    const of = async (query: string) => clinic.app.inject(`/fhir/metadata${query}`);
    const statement = (await of('')).json();
    expect((await of('?mode=oceancc')).json()).toEqual(statement);
    expect((await of('?mode=terminology')).statusCode).toBe(400);
    const types = statement.rest[0].resource as { type: string; interaction: { code: string }[] }[];
    expect(types.map(({ type }) => type)).toEqual(expect.arrayContaining(['Slot', 'ValueSet', 'Appointment']));
    const codes = types.find(({ type }) => type === 'Appointment')!.interaction.map(({ code }) => code);
    expect(codes).toEqual(expect.arrayContaining(['create', 'update', 'patch', 'delete', 'vread', 'history-type']));
  });
});
