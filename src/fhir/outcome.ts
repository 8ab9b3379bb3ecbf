// OperationOutcome, and the machine-readable form of "this answer was narrowed": which cells of the matrix were asked for and
// withheld. Roster level only: no count, no patient (docs/domain.md, "Saying so").
import { type Column, columns } from './columns.ts';

export interface Extension {
  readonly url: string;
  readonly valueString?: string;
  readonly valueCode?: string;
  readonly valueReference?: { readonly reference: string; readonly display?: string };
  readonly extension?: readonly Extension[];
}

export interface OutcomeIssue {
  readonly severity: 'fatal' | 'error' | 'warning' | 'information';
  readonly code: string;
  readonly details?: { readonly text: string };
  readonly diagnostics?: string;
  readonly expression?: readonly string[];
  readonly extension?: readonly Extension[];
}

export interface OperationOutcome {
  readonly resourceType: 'OperationOutcome';
  readonly issue: readonly OutcomeIssue[];
}

/** One cell of the matrix that was asked for and is not held. */
export interface WithheldCell {
  readonly officeId: string;
  /** Absent: the whole office, because the user does not belong to it. */
  readonly providerId?: string;
  readonly column?: Column;
}

export const withheldCellUrl = 'https://tidegate.dev/fhir/StructureDefinition/withheld-cell';
export const permissionVersionUrl = 'https://tidegate.dev/fhir/StructureDefinition/permission-version';
/** HTTP header of every answer that was narrowed by permissions: the version it was read under. */
export const permissionVersionHeader = 'x-tidegate-permission-version';
/** HTTP trailer of an export file: its number of lines. A file without it was cut off. */
export const rowsTrailer = 'x-tidegate-rows';

export const dataAbsentReasonUrl = 'http://hl7.org/fhir/StructureDefinition/data-absent-reason';

export const outcome = (...issue: readonly OutcomeIssue[]): OperationOutcome => ({
  resourceType: 'OperationOutcome',
  issue,
});

/** The `suppressed` outcome. `text` is the sentence for people. */
export function suppressedOutcome(cells: readonly WithheldCell[], text: string): OperationOutcome {
  return outcome({
    severity: 'warning',
    code: 'suppressed',
    details: { text },
    extension: cells.map((cell) => ({
      url: withheldCellUrl,
      extension: [
        { url: 'location', valueReference: { reference: `Location/${cell.officeId}` } },
        ...(cell.providerId === undefined
          ? []
          : [{ url: 'practitioner', valueReference: { reference: `Practitioner/${cell.providerId}` } }]),
        ...(cell.column === undefined ? [] : [{ url: 'column', valueCode: cell.column }]),
      ],
    })),
  });
}

/** The cells that an OperationOutcome names as withheld; empty for any other outcome. */
export function withheldCellsIn(resource: unknown): WithheldCell[] {
  const { resourceType, issue } = (resource ?? {}) as Partial<OperationOutcome>;
  if (resourceType !== 'OperationOutcome' || !Array.isArray(issue)) return [];
  return (issue as readonly OutcomeIssue[])
    .filter((one) => one.code === 'suppressed')
    .flatMap((one) => one.extension ?? [])
    .filter((extension) => extension.url === withheldCellUrl)
    .flatMap((extension) => {
      const part = (url: string) => extension.extension?.find((one) => one.url === url);
      const officeId = part('location')?.valueReference?.reference.split('/')[1];
      const providerId = part('practitioner')?.valueReference?.reference.split('/')[1];
      const column = columns.find((known) => known === part('column')?.valueCode);
      return officeId === undefined
        ? []
        : [
            {
              officeId,
              ...(providerId === undefined ? {} : { providerId }),
              ...(column === undefined ? {} : { column }),
            },
          ];
    });
}
