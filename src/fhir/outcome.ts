// OperationOutcome, and the machine-readable form of "this answer was narrowed": which cells of the matrix were asked for and
// withheld. Roster level only: no count, no patient (docs/domain.md, "Saying so").
import { type Column, columns } from './columns.ts';

export interface Extension {
  readonly url: string;
  readonly valueString?: string;
  readonly valueCode?: string;
  readonly valueUrl?: string;
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
/** On a refused write: the columns that it needs, those that are held, and where in Manage Security the cell is given. */
export const neededColumnUrl = 'https://tidegate.dev/fhir/StructureDefinition/needed-column';
export const providedColumnUrl = 'https://tidegate.dev/fhir/StructureDefinition/provided-column';
export const manageSecurityUrl = 'https://tidegate.dev/fhir/StructureDefinition/manage-security';
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

const cellExtension = (cell: WithheldCell): Extension => ({
  url: withheldCellUrl,
  extension: [
    { url: 'location', valueReference: { reference: `Location/${cell.officeId}` } },
    ...(cell.providerId === undefined
      ? []
      : [{ url: 'practitioner', valueReference: { reference: `Practitioner/${cell.providerId}` } }]),
    ...(cell.column === undefined ? [] : [{ url: 'column', valueCode: cell.column }]),
  ],
});

export const withheldExtensions = (cells: readonly WithheldCell[]): Extension[] => cells.map(cellExtension);

/** The `suppressed` outcome. `text` is the sentence for people. */
export function suppressedOutcome(cells: readonly WithheldCell[], text: string): OperationOutcome {
  return outcome({
    severity: 'warning',
    code: 'suppressed',
    details: { text },
    extension: withheldExtensions(cells),
  });
}

/** What a refused write says beside its sentence: cells that lack, columns needed and provided, and where they are given. */
export function refusedExtensions(refused: {
  readonly cells: readonly WithheldCell[];
  readonly needed?: unknown;
  readonly provided?: unknown;
  readonly manageSecurity?: unknown;
}): Extension[] {
  const codes = (url: string, named: unknown): Extension[] =>
    Array.isArray(named) ? named.map((column) => ({ url, valueCode: String(column) })) : [];
  return [
    ...withheldExtensions(refused.cells),
    ...codes(neededColumnUrl, refused.needed),
    ...codes(providedColumnUrl, refused.provided),
    ...(typeof refused.manageSecurity === 'string'
      ? [{ url: manageSecurityUrl, valueUrl: refused.manageSecurity }]
      : []),
  ];
}

/** The cells that an OperationOutcome names as withheld from an answer, or as lacking for a write; empty for any other. */
export function withheldCellsIn(resource: unknown): WithheldCell[] {
  const { resourceType, issue } = (resource ?? {}) as Partial<OperationOutcome>;
  if (resourceType !== 'OperationOutcome' || !Array.isArray(issue)) return [];
  return (issue as readonly OutcomeIssue[])
    .filter((one) => one.code === 'suppressed' || one.code === 'forbidden')
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
