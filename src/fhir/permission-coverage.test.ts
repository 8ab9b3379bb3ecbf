import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allColumns, bitOf, type ColumnSet, columnSet, columnsIn } from './columns.ts';
import {
  columnsMissing,
  coverageFromParameters,
  coverageToParameters,
  type PermissionCoverage,
} from './permission-coverage.ts';

const id = fc.stringMatching(/^[A-Za-z0-9.-]{1,20}$/);
const instant = fc.constant('2026-11-24T08:00:00.123Z');
const office = fc.record({ officeId: id, name: fc.string(), zone: fc.string(), member: fc.boolean() });
const schedule = fc.record(
  {
    officeId: id,
    providerId: id,
    providerDisplay: fc.string(),
    scheduleActive: fc.boolean(),
    columnsHeld: fc.integer({ min: 0, max: 63 }),
    columnsGranted: fc.integer({ min: 0, max: 63 }),
    since: instant,
    accessUntilDay: fc.constant('2026-12-31'),
    lapsed: fc.boolean(),
  },
  {
    requiredKeys: [
      'officeId',
      'providerId',
      'providerDisplay',
      'scheduleActive',
      'columnsHeld',
      'columnsGranted',
      'lapsed',
    ],
  },
);
const coverage: fc.Arbitrary<PermissionCoverage> = fc.record(
  {
    tenantId: id,
    tenantName: fc.string(),
    username: fc.string(),
    permissionVersion: fc.string(),
    asOf: instant,
    changesUntil: instant,
    offices: fc.array(office),
    schedules: fc.array(schedule),
  },
  { requiredKeys: ['tenantId', 'tenantName', 'username', 'permissionVersion', 'asOf', 'offices', 'schedules'] },
) as fc.Arbitrary<PermissionCoverage>;

describe('permission coverage on the wire', () => {
  it('comes back as it was sent, the empty roster included', () => {
    fc.assert(
      fc.property(coverage, (sent) => {
        const received = coverageFromParameters(JSON.parse(JSON.stringify(coverageToParameters(sent))));
        expect(received).toEqual(JSON.parse(JSON.stringify(sent)));
      }),
    );
  });

  it('refuses anything that is not a complete coverage, by the name of what lacks', () => {
    expect(() => coverageFromParameters(null)).toThrow('not a Parameters resource');
    expect(() => coverageFromParameters({ resourceType: 'Bundle' })).toThrow('not a Parameters resource');
    expect(() => coverageFromParameters({ resourceType: 'Parameters', parameter: [] })).toThrow('tenant is missing');
  });

  it('takes a column that it does not know for not held', () => {
    const wire = {
      resourceType: 'Parameters',
      parameter: [
        { name: 'tenant', valueString: '1' },
        { name: 'tenantName', valueString: 'x' },
        { name: 'username', valueString: 'OceanAPI1' },
        { name: 'permissionVersion', valueString: '1' },
        { name: 'asOf', valueInstant: '2026-11-24T08:00:00Z' },
        {
          name: 'schedule',
          part: [
            { name: 'location', valueReference: { reference: 'Location/a' } },
            { name: 'practitioner', valueReference: { reference: 'Practitioner/p', display: 'P' } },
            { name: 'active', valueBoolean: true },
            { name: 'held', valueCode: 'Visible' },
            { name: 'held', valueCode: 'Telepathy' },
            { name: 'lapsed', valueBoolean: false },
          ],
        },
      ],
    };
    expect(coverageFromParameters(wire).schedules[0]?.columnsHeld).toBe(32);
  });
});

describe('what is missing on a schedule', () => {
  const needed = columnSet('Patient', 'Scheduling', 'EMR', 'Visible');
  const of = (granted: ColumnSet, { held = 0, member = true, lapsed = false } = {}) =>
    columnsIn(columnsMissing({ columnsGranted: granted, columnsHeld: held, lapsed }, member, needed));

  it('is the cell that is not ticked, and not what is ticked beside it', () => {
    expect(of(allColumns & ~bitOf.Visible)).toEqual(['Visible']);
    expect(of(bitOf.Scheduling)).toEqual(['Patient', 'EMR', 'Visible']);
    expect(of(0)).toEqual(['Patient', 'Scheduling', 'EMR', 'Visible']);
    const granted = allColumns & ~bitOf.EMR;
    expect(of(granted, { held: granted })).toEqual(['EMR']);
  });

  it('is all that does not hold where no tick is the reason', () => {
    const all = ['Patient', 'Scheduling', 'EMR', 'Visible'];
    expect(of(allColumns, { member: false })).toEqual(all);
    expect(of(allColumns & ~bitOf.Visible, { lapsed: true })).toEqual(all);
    // Granted with Visible and not held: another server's reason, which is not ours to guess.
    expect(of(allColumns)).toEqual(all);
  });
});
