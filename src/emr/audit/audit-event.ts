// A recorded access as a FHIR R4 AuditEvent, in the shape of IHE Basic Audit Log Patterns (https://profiles.ihe.net/ITI/BALP): RESTful
// Create, Read, Update, Delete and Query, their Patient variants, and the privacy disclosure for what leaves for the portal.
import type { LogRow } from './audit-log.sql.ts';

const dicom = 'http://dicom.nema.org/resources/ontology/DCM';
const interactionSystem = 'http://hl7.org/fhir/restful-interaction';
const profileBase = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.';

type Shape = 'Read' | 'Create' | 'Update' | 'Delete' | 'Query';

interface Kind {
  readonly shape: Shape | null;
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  readonly interaction: string;
}

const kinds: Readonly<Record<string, Kind>> = {
  read: { shape: 'Read', action: 'R', interaction: 'read' },
  history: { shape: 'Query', action: 'E', interaction: 'history' },
  search: { shape: 'Query', action: 'E', interaction: 'search' },
  everything: { shape: 'Query', action: 'E', interaction: 'operation' },
  export: { shape: null, action: 'R', interaction: 'operation' },
  create: { shape: 'Create', action: 'C', interaction: 'create' },
  update: { shape: 'Update', action: 'U', interaction: 'update' },
  delete: { shape: 'Delete', action: 'D', interaction: 'delete' },
  batch: { shape: null, action: 'E', interaction: 'batch' },
};

const coding = (system: string, code: string, display?: string) => ({ system, code, ...(display ? { display } : {}) });
const entityType = (code: string, display: string) =>
  coding('http://terminology.hl7.org/CodeSystem/audit-entity-type', code, display);
const entityRole = (code: string, display: string) =>
  coding('http://terminology.hl7.org/CodeSystem/object-role', code, display);

function typeOf({ kind }: LogRow): { type: object; subtype?: object[] } {
  const known = kinds[kind];
  if (kind === 'export') {
    return {
      type: coding(dicom, '110106', 'Export'),
      subtype: [
        coding('http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle', 'disclose'),
        coding(interactionSystem, 'operation'),
      ],
    };
  }
  if (known) {
    return {
      type: coding('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest', 'RESTful Operation'),
      subtype: [coding(interactionSystem, known.interaction)],
    };
  }
  const subtype = kind === 'sign-out' ? coding(dicom, '110123', 'Logout') : coding(dicom, '110122', 'Login');
  return { type: coding(dicom, '110114', 'User Authentication'), subtype: [subtype] };
}

/** Profiles speak of what succeeded; a refusal has the same shape and claims none. */
function profileOf({ kind, status, patientId }: LogRow): string | undefined {
  if (status === null || status >= 400) return undefined;
  if (kind === 'export') return patientId === null ? undefined : `${profileBase}PrivacyDisclosure.Source`;
  const shape = kinds[kind]?.shape;
  return shape ? `${profileBase}${patientId === null ? '' : 'Patient'}${shape}` : undefined;
}

const outcomeOf = (status: number | null): '0' | '4' | '8' => {
  if (status === null || status < 400) return '0';
  return status < 500 ? '4' : '8';
};

export interface AuditEventPlace {
  readonly tenantId: number;
  readonly baseUrl: string;
}

/** The server is the source of what is read, exported or deleted from it; of a query BALP has it the other way round, as DICOM does. */
const isFromServer = (kind: string): boolean => kind === 'read' || kind === 'export';

export function auditEventOf(row: LogRow, { tenantId, baseUrl }: AuditEventPlace): object {
  const { kind, status, patientId, query } = row;
  const profile = profileOf(row);
  const source = { coding: [coding(dicom, '110153', 'Source Role ID')] };
  const destination = { coding: [coding(dicom, '110152', 'Destination Role ID')] };
  const [clientRole, serverRole] = isFromServer(kind) ? [destination, source] : [source, destination];
  const observer = { display: 'Tidegate EMR', identifier: { system: `${baseUrl}/tenant`, value: String(tenantId) } };
  const client =
    row.clientId === null
      ? { display: 'Tidegate EMR, screens' }
      : { identifier: { system: `${baseUrl}/client`, value: row.clientId }, display: row.clientName ?? row.clientId };
  return {
    resourceType: 'AuditEvent',
    id: row.id,
    meta: { ...(profile ? { profile: [profile] } : {}), lastUpdated: row.at.toISOString() },
    ...typeOf(row),
    action: kinds[kind]?.action ?? 'E',
    recorded: row.at.toISOString(),
    outcome: outcomeOf(status),
    ...(status !== null && status >= 400 ? { outcomeDesc: `HTTP ${status}` } : {}),
    agent: [
      { type: clientRole, who: client, requestor: row.userId === null },
      {
        type: serverRole,
        who: observer,
        requestor: false,
        network: { address: baseUrl, type: '5' },
      },
      ...(row.userId === null
        ? []
        : [
            {
              type: { coding: [coding('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP')] },
              who: {
                identifier: { system: `${baseUrl}/user`, value: row.userId },
                ...(row.userName === null ? {} : { display: row.userName }),
              },
              requestor: true,
            },
          ]),
    ],
    source: {
      observer,
      type: [coding('http://terminology.hl7.org/CodeSystem/security-source-type', '4', 'Application Server')],
    },
    entity: entitiesOf(row, patientId, query),
  };
}

function entitiesOf(row: LogRow, patientId: string | null, query: string | null): object[] {
  const { entityType: type, entityId, permissionVersion, snapshot, officeId, providerId } = row;
  const isThePatient = type === 'Patient' && entityId === patientId;
  const asked = `${type ?? ''}${query === null ? '' : `?${query}`}`;
  const details = [
    ...(officeId === null ? [] : [{ type: 'office', valueString: officeId }]),
    ...(providerId === null ? [] : [{ type: 'provider', valueString: providerId }]),
    ...(permissionVersion === null ? [] : [{ type: 'permission-version', valueString: permissionVersion }]),
    ...(snapshot === null ? [] : [{ type: 'snapshot', valueString: snapshot }]),
  ];
  const withDetails = details.length > 0 ? { detail: details } : {};
  // Only what can be the target of a reference is one; an export job or a user of the EMR is named.
  const isReference = entityId !== null && type !== null && /^[A-Z]/.test(type) && !['User', 'Export'].includes(type);
  return [
    ...(patientId === null
      ? []
      : [
          {
            what: { reference: `Patient/${patientId}` },
            type: entityType('1', 'Person'),
            role: entityRole('1', 'Patient'),
            ...(isThePatient ? withDetails : {}),
          },
        ]),
    ...(entityId === null || isThePatient
      ? []
      : [
          {
            what: isReference ? { reference: `${type}/${entityId}` } : { identifier: { value: entityId } },
            type: entityType('2', 'System Object'),
            role: entityRole('4', 'Domain Resource'),
            ...(isReference || type === null ? {} : { name: type }),
            ...(query === null ? withDetails : {}),
          },
        ]),
    ...(query === null && entityId !== null
      ? []
      : [
          {
            type: entityType('2', 'System Object'),
            role: entityRole('24', 'Query'),
            ...(type === null ? {} : { description: type }),
            // A Bundle that was refused names nothing, and FHIR has no empty text.
            ...(asked === '' ? {} : { query: Buffer.from(asked).toString('base64') }),
            ...(isThePatient ? {} : withDetails),
          },
        ]),
    ...(row.requestId === null
      ? []
      : [
          {
            what: { identifier: { value: row.requestId } },
            type: coding('https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', 'XrequestId'),
          },
        ]),
  ];
}
