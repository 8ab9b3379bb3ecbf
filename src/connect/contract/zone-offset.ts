/** Minutes east of UTC up to `until`, an instant; null: without end. In lists one follows on the other, and none is empty. */
export interface ZoneOffset {
  readonly until: string | null;
  readonly minutes: number;
}
