/** A name for a pair of office and provider, for maps and sets. */
export const sliceKey = ({
  officeId,
  providerId,
}: {
  readonly officeId: string;
  readonly providerId: string;
}): string => `${officeId}\n${providerId}`;

/** One slice, a provider in an office, as this run found it. */
export interface RunSlice {
  readonly officeId: string;
  readonly providerId: string;
  /** null: the EMR's roster no longer names it; what the portal knows of it by name stays. */
  readonly named: { readonly officeName: string; readonly officeZone: string; readonly providerDisplay: string } | null;
  /** This run reads it. Of the others nothing is written: they are here because a booking may have moved to them. */
  readonly read: boolean;
  readonly selected: boolean;
  /** What was staged for it counts: Visible and Scheduling are held, and the run reads it (a recent run: it is being followed). */
  readonly applies: boolean;
  /** Absence counts too: it was read whole under one permission version. */
  readonly proved: boolean;
  /** Patients may be shown. */
  readonly patients: boolean;
  /** The window of its office, half open. */
  readonly from: Date;
  readonly to: Date;
  /**
   * The part of the window that a full run reads, half open: all of it, or what the EMR's digests do not say to be as the portal has it.
   * Bookings of the rest count as given as they are.
   */
  readonly readFrom: Date;
  readonly readTo: Date;
  /** Columns that the switched-on features need here and that are not held. */
  readonly missingColumns: number;
  readonly lapsedOn: string | null;
  readonly outcome: 'complete' | 'partly' | 'cannot-be-read' | 'needs-full' | 'waiting' | 'failed' | 'not-selected';
  /** It matches the EMR as of this moment of the EMR's clock; null: its freshness stays as it was. */
  readonly matchedAsOf: Date | null;
}

export const isReadInPart = ({
  from,
  to,
  readFrom,
  readTo,
}: Pick<RunSlice, 'from' | 'to' | 'readFrom' | 'readTo'>): boolean =>
  readFrom.getTime() !== from.getTime() || readTo.getTime() !== to.getTime();

/** The slices as a table of a statement: ten parameters from `first` on. */
export const sliceTable = (first: number): string => {
  const types = [
    'text',
    'text',
    'boolean',
    'boolean',
    'boolean',
    'boolean',
    'timestamptz',
    'timestamptz',
    'timestamptz',
    'timestamptz',
  ];
  return `slice as materialized (
       select * from unnest(${types.map((type, index) => `$${first + index}::${type}[]`).join(', ')})
                as one (office_id, provider_id, selected, applies, proved, patients, from_at, to_at, read_from, read_to))`;
};

/** A slice as it is before anything is proved of it. */
export type ReadSlice = Omit<RunSlice, 'proved' | 'matchedAsOf'> & Partial<Pick<RunSlice, 'proved'>>;

export const sliceColumns = (slices: readonly ReadSlice[]): unknown[] => [
  slices.map((slice) => slice.officeId),
  slices.map((slice) => slice.providerId),
  slices.map((slice) => slice.selected),
  slices.map((slice) => slice.applies),
  slices.map((slice) => slice.proved ?? false),
  slices.map((slice) => slice.patients),
  slices.map((slice) => slice.from),
  slices.map((slice) => slice.to),
  slices.map((slice) => slice.readFrom),
  slices.map((slice) => slice.readTo),
];
