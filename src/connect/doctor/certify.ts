// What a certificate says of its schedules: before and after, cell by cell and feature by feature. Pure.
import { bitOf, columns } from '../../fhir/columns.ts';
import { intake } from '../../portal/index.ts';
import type { CertificateContent, Probe } from '../contract/certificates.ts';
import type { DoctorSchedule } from '../contract/doctor.ts';
import type { Before, BeforeSchedule, OpenGap } from './gaps.sql.ts';

export interface Certify {
  readonly gap: Pick<OpenGap, 'found'>;
  readonly probes: readonly Probe[];
  readonly named: ReadonlyMap<string, DoctorSchedule>;
  readonly before: Before;
  readonly after: Before;
}

export function certify({
  gap,
  probes,
  named,
  before,
  after,
}: Certify): Pick<CertificateContent, 'cells' | 'features' | 'counts'> {
  const nothing = { granted: 0, held: 0, states: {}, shown: 0, hidden: 0 };
  const schedules = gap.found.schedules.map((pair) => {
    const key = intake.sliceKey(pair);
    const { officeId, providerId } = pair;
    const of = (standing: Before): Omit<BeforeSchedule, 'officeId' | 'providerId'> =>
      standing.schedules.find((one) => intake.sliceKey(one) === key) ?? nothing;
    const name = named.get(key) ?? { officeId, officeName: officeId, providerId, providerDisplay: providerId };
    return { key, name, was: of(before), is: of(after) };
  });
  const by = new Map(schedules.map((one) => [one.key, one]));
  return {
    cells: schedules.flatMap(({ name, was, is }) =>
      columns.map((column) => ({
        ...name,
        column,
        before: (was.held & bitOf[column]) !== 0,
        after: (is.held & bitOf[column]) !== 0,
      })),
    ),
    features: probes.map((probe) => {
      const { name, was, is } = by.get(intake.sliceKey(probe))!;
      return {
        ...name,
        feature: probe.feature,
        before: was.states[probe.feature] ?? 'unknown',
        after: is.states[probe.feature] ?? 'unknown',
        probe,
      };
    }),
    counts: schedules.map(({ name, was, is }) => ({
      ...name,
      before: { shown: was.shown, hidden: was.hidden },
      after: { shown: is.shown, hidden: is.hidden },
    })),
  };
}
