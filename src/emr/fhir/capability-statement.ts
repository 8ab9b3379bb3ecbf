import { digestDefinition } from '../../fhir/appointment-digest.ts';
import { type ResourceType, resources, resourceTypes } from './resources.ts';
import { maximumCount } from './search-request.ts';
import { isWritable, writerOf } from './write-resource.ts';

const fhirTypes = {
  date: 'date',
  token: 'token',
  boolean: 'token',
  identifier: 'token',
  string: 'string',
  reference: 'reference',
} as const;

function interactionsOf(type: ResourceType): { readonly code: string }[] {
  const codes = ['read', 'search-type'];
  if (resources[type].historyFrom) codes.push('vread', 'history-instance', 'history-type');
  if (isWritable(type)) codes.push('create', 'update', 'patch');
  if (isWritable(type) && writerOf(type).delete) codes.push('delete');
  if (type === 'DocumentReference' || type === 'Binary') codes.push('create');
  return codes.map((code) => ({ code }));
}

/** Types that are no part of the record that is read, searched and exported. */
const besides = [
  {
    type: 'Slot',
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    versioning: 'no-version',
    documentation: 'From open hours and bookings, at most 62 days at once; without start, two weeks from now.',
    searchInclude: ['Slot:schedule'],
    searchParam: [
      { name: 'schedule', type: 'reference' },
      { name: 'start', type: 'date' },
      { name: 'status', type: 'token' },
    ],
  },
  {
    type: 'Communication',
    interaction: [{ code: 'create' }],
    versioning: 'no-version',
    documentation:
      'That a patient was reminded: status completed, category reminder, about one Appointment, sent, and as sender the PractitionerRole that ' +
      'names the pair, on which Visible and Scheduling are needed. It is shown at the booking, which stays the version that it is; the same ' +
      'Appointment and sent again is the same Communication.',
  },
  {
    type: 'AuditEvent',
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    versioning: 'no-version',
    documentation: 'For administrators. entity and patient also find the lists that showed the record.',
    searchParam: [
      { name: 'entity', type: 'reference' },
      { name: 'patient', type: 'reference' },
      { name: 'date', type: 'date' },
      { name: 'outcome', type: 'token' },
    ],
  },
  {
    type: 'ValueSet',
    interaction: [{ code: 'read' }, { code: 'search-type' }],
    versioning: 'no-version',
    searchParam: [
      { name: '_id', type: 'token' },
      { name: 'url', type: 'uri' },
    ],
    operation: [{ name: 'expand', definition: 'http://hl7.org/fhir/OperationDefinition/ValueSet-expand' }],
  },
];

/** POST: what the EMR's users saved for this patient is handed over, once. */
const savedForOcean = {
  name: 'saved-for-ocean',
  definition: 'https://tidegate.dev/fhir/OperationDefinition/saved-for-ocean',
};

/** FHIR has no empty arrays. */
const filled = (name: string, values: readonly string[]) => (values.length === 0 ? {} : { [name]: values });

const revIncludesOf = (type: ResourceType): string[] =>
  resourceTypes.flatMap((source) =>
    Object.entries(resources[source].includes).flatMap(([name, targets]) =>
      Object.hasOwn(targets, type) ? [`${source}:${name}`] : [],
    ),
  );

/** What this server does, made from the same table as the statements. `date`: when the contents last changed. */
export function capabilityStatement(baseUrl: string, publicUrl: string, version: string): object {
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-11-24',
    kind: 'instance',
    instantiates: ['http://hl7.org/fhir/uv/bulkdata/CapabilityStatement/bulk-data'],
    software: { name: 'Tidegate EMR', version },
    implementation: { description: 'Tidegate EMR', url: baseUrl },
    fhirVersion: '4.0.1',
    format: ['json', 'application/fhir+json'],
    patchFormat: ['application/json-patch+json'],
    rest: [
      {
        mode: 'server',
        documentation:
          `Every answer holds what the token's user may see by office and provider; a narrowed answer carries an OperationOutcome with code suppressed. ` +
          `Dates without a time zone are read as UTC. _count is at most ${maximumCount}. Unknown parameters are refused unless Prefer: handling=lenient.`,
        security: {
          service: [
            {
              coding: [
                {
                  system: 'http://terminology.hl7.org/CodeSystem/restful-security-service',
                  code: 'SMART-on-FHIR',
                },
              ],
            },
          ],
          extension: [
            {
              url: 'http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris',
              extension: [
                { url: 'token', valueUri: `${publicUrl}/oauth/token` },
                { url: 'authorize', valueUri: `${publicUrl}/oauth/authorize` },
                { url: 'revoke', valueUri: `${publicUrl}/oauth/revoke` },
              ],
            },
          ],
        },
        resource: [
          ...besides,
          ...resourceTypes.map((type) => ({
            type,
            interaction: interactionsOf(type),
            versioning: resources[type].lastUpdated ? 'versioned' : 'no-version',
            readHistory: resources[type].historyFrom !== undefined,
            updateCreate: false,
            ...(isWritable(type)
              ? {
                  conditionalCreate: true,
                  conditionalUpdate: true,
                  conditionalRead: 'not-match',
                  documentation: writerOf(type).documentation,
                }
              : {}),
            ...filled('searchRevInclude', revIncludesOf(type)),
            ...(type === 'Patient'
              ? {
                  operation: [
                    { name: 'everything', definition: 'http://hl7.org/fhir/OperationDefinition/Patient-everything' },
                    savedForOcean,
                  ],
                }
              : {}),
            ...(type === 'Appointment' ? { operation: [{ name: 'digest', definition: digestDefinition }] } : {}),
            ...filled(
              'searchInclude',
              Object.keys(resources[type].includes).map((name) => `${type}:${name}`),
            ),
            searchParam: [
              { name: '_id', type: 'token' },
              ...Object.entries(resources[type].parameters).map(([name, { kind }]) => ({
                name,
                type: fhirTypes[kind],
              })),
            ],
          })),
        ],
        interaction: [{ code: 'batch' }, { code: 'transaction' }],
        operation: [
          { name: 'export', definition: 'http://hl7.org/fhir/uv/bulkdata/OperationDefinition/export' },
          {
            name: 'permission-coverage',
            definition: 'https://tidegate.dev/fhir/OperationDefinition/permission-coverage',
          },
        ],
      },
    ],
  };
}
