// `GET [base]/$permission-coverage`: what the integration user is told about itself. The wire form is a FHIR Parameters resource
// (columns go as the domain's own codes, one `held` or `granted` part each). Below are its typed form and the codec: the server
// writes, the client reads, and a property test holds the two together.
import { bitOf, type Column, type ColumnSet, columnSet, columns, columnsIn, includesColumns } from './columns.ts';
import { atMostOne, idIn, one, type Parameters, type ParametersPart, partsNamed, partsOf } from './parameters.ts';

export interface CoveredSchedule {
  readonly officeId: string;
  readonly providerId: string;
  readonly providerDisplay: string;
  readonly scheduleActive: boolean;
  /** Columns that hold now: membership, grant, not lapsed, Visible for every other. */
  readonly columnsHeld: ColumnSet;
  /** Columns that are ticked, whether or not they hold. */
  readonly columnsGranted: ColumnSet;
  /** Since when this row has stood as it is; absent: no row. FHIR instant. */
  readonly since?: string;
  /** The last day on which the row holds, in the office's zone, YYYY-MM-DD; absent: no end. */
  readonly accessUntilDay?: string;
  readonly lapsed: boolean;
}

export interface CoveredOffice {
  readonly officeId: string;
  readonly name: string;
  /** IANA name of the office's time zone. */
  readonly zone: string;
  readonly member: boolean;
}

export interface PermissionCoverage {
  readonly tenantId: string;
  readonly tenantName: string;
  /** The integration user's name, `OceanAPI<tenant id>`. */
  readonly username: string;
  /** Opaque; changes whenever any of the rest does, the lapse of a grant included. */
  readonly permissionVersion: string;
  /** The EMR's clock at the answer, FHIR instant. */
  readonly asOf: string;
  /** What was changed before this instant has been committed, and whoever asks from here on sees it; absent: the server does not say. */
  readonly changesUntil?: string;
  /** Where an EMR administrator finds Manage Security; absent: the server does not say. */
  readonly manageSecurity?: string;
  readonly offices: readonly CoveredOffice[];
  /** One for each provider schedule of the roster, held or not. */
  readonly schedules: readonly CoveredSchedule[];
}

/**
 * Which of `needed` are missing on a schedule, as an administrator finds them. Where Visible is not ticked nothing is held, and what is
 * ticked beside it is not what is missing. Outside the office, or after Access Until, all that is not held is.
 */
export function columnsMissing(
  { columnsHeld, columnsGranted, lapsed }: Pick<CoveredSchedule, 'columnsHeld' | 'columnsGranted' | 'lapsed'>,
  member: boolean,
  needed: ColumnSet,
): ColumnSet {
  const unseen = member && !lapsed && columnsHeld === 0 && !includesColumns(columnsGranted, bitOf.Visible);
  return needed & ~(unseen ? columnsGranted : columnsHeld);
}

export function coverageToParameters(coverage: PermissionCoverage): Parameters {
  return {
    resourceType: 'Parameters',
    parameter: [
      { name: 'tenant', valueString: coverage.tenantId },
      { name: 'tenantName', valueString: coverage.tenantName },
      { name: 'username', valueString: coverage.username },
      { name: 'permissionVersion', valueString: coverage.permissionVersion },
      { name: 'asOf', valueInstant: coverage.asOf },
      ...(coverage.changesUntil === undefined ? [] : [{ name: 'changesUntil', valueInstant: coverage.changesUntil }]),
      ...(coverage.manageSecurity === undefined ? [] : [{ name: 'manageSecurity', valueUrl: coverage.manageSecurity }]),
      ...coverage.offices.map((office) => ({ name: 'office', part: officeParts(office) })),
      ...coverage.schedules.map((schedule) => ({ name: 'schedule', part: scheduleParts(schedule) })),
    ],
  };
}

const officeParts = (office: CoveredOffice): ParametersPart[] => [
  { name: 'location', valueReference: { reference: `Location/${office.officeId}`, display: office.name } },
  { name: 'zone', valueString: office.zone },
  { name: 'member', valueBoolean: office.member },
];

const scheduleParts = (schedule: CoveredSchedule): ParametersPart[] => [
  { name: 'location', valueReference: { reference: `Location/${schedule.officeId}` } },
  {
    name: 'practitioner',
    valueReference: { reference: `Practitioner/${schedule.providerId}`, display: schedule.providerDisplay },
  },
  { name: 'active', valueBoolean: schedule.scheduleActive },
  ...columnParts('held', schedule.columnsHeld),
  ...columnParts('granted', schedule.columnsGranted),
  ...(schedule.since === undefined ? [] : [{ name: 'since', valueInstant: schedule.since }]),
  ...(schedule.accessUntilDay === undefined ? [] : [{ name: 'accessUntil', valueDate: schedule.accessUntilDay }]),
  { name: 'lapsed', valueBoolean: schedule.lapsed },
];

const columnParts = (name: string, set: ColumnSet): ParametersPart[] =>
  columnsIn(set).map((column) => ({ name, valueCode: column }));

/**
 * Reads what coverageToParameters wrote. Throws TypeError, naming the parameter, for anything else: a coverage that is
 * half understood must not decide what counts as deleted. Parameters with other names are passed over, so that a newer
 * server may say more.
 */
export function coverageFromParameters(resource: unknown): PermissionCoverage {
  const parts = partsOf(resource);
  const changesUntil = atMostOne(parts, 'changesUntil', 'valueInstant');
  const manageSecurity = atMostOne(parts, 'manageSecurity', 'valueUrl');
  return {
    tenantId: one(parts, 'tenant', 'valueString'),
    tenantName: one(parts, 'tenantName', 'valueString'),
    username: one(parts, 'username', 'valueString'),
    permissionVersion: one(parts, 'permissionVersion', 'valueString'),
    asOf: one(parts, 'asOf', 'valueInstant'),
    ...(changesUntil === undefined ? {} : { changesUntil }),
    ...(manageSecurity === undefined ? {} : { manageSecurity }),
    offices: partsNamed(parts, 'office').map(officeOf),
    schedules: partsNamed(parts, 'schedule').map(scheduleOf),
  };
}

function officeOf(parts: readonly ParametersPart[]): CoveredOffice {
  const location = one(parts, 'location', 'valueReference');
  return {
    officeId: idIn(location, 'Location'),
    name: displayIn(location, 'location'),
    zone: one(parts, 'zone', 'valueString'),
    member: one(parts, 'member', 'valueBoolean'),
  };
}

function scheduleOf(parts: readonly ParametersPart[]): CoveredSchedule {
  const practitioner = one(parts, 'practitioner', 'valueReference');
  const since = atMostOne(parts, 'since', 'valueInstant');
  const accessUntilDay = atMostOne(parts, 'accessUntil', 'valueDate');
  return {
    officeId: idIn(one(parts, 'location', 'valueReference'), 'Location'),
    providerId: idIn(practitioner, 'Practitioner'),
    providerDisplay: displayIn(practitioner, 'practitioner'),
    scheduleActive: one(parts, 'active', 'valueBoolean'),
    columnsHeld: columnsOf(parts, 'held'),
    columnsGranted: columnsOf(parts, 'granted'),
    ...(since === undefined ? {} : { since }),
    ...(accessUntilDay === undefined ? {} : { accessUntilDay }),
    lapsed: one(parts, 'lapsed', 'valueBoolean'),
  };
}

function columnsOf(parts: readonly ParametersPart[], name: string): ColumnSet {
  // A column that is not known here is passed over: not counting as held is the safe reading.
  const known = (code: string | undefined): code is Column => columns.some((column) => column === code);
  return columnSet(
    ...parts
      .filter((part) => part.name === name)
      .map((part) => part.valueCode)
      .filter(known),
  );
}

function displayIn({ display }: { readonly display?: string }, name: string): string {
  if (typeof display !== 'string') throw new TypeError(`parameter ${name} has no display`);
  return display;
}
