import { resources, resourceTypes } from './resources.ts';
import { maximumCount } from './search-request.ts';

const fhirTypes = { date: 'date', token: 'token', boolean: 'token', reference: 'reference' } as const;

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
              extension: [{ url: 'token', valueUri: `${publicUrl}/oauth/token` }],
            },
          ],
        },
        resource: resourceTypes.map((type) => ({
          type,
          interaction: [{ code: 'read' }, { code: 'search-type' }],
          versioning: resources[type].lastUpdated ? 'versioned' : 'no-version',
          searchInclude: Object.keys(resources[type].includes).map((name) => `${type}:${name}`),
          searchParam: [
            { name: '_id', type: 'token' },
            ...Object.entries(resources[type].parameters).map(([name, { kind }]) => ({ name, type: fhirTypes[kind] })),
          ],
        })),
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
