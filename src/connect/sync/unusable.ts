// Resources that a reading could not use: counted, named as far as they have names, and by the slice that they belong to.

/** More ids than this are not kept: what was there of the rest is nobody's to tell from what is absent. */
const idsKept = 10_000;

export interface UnusableOfSlice {
  readonly count: number;
  /** Of bookings, in the order in which they came. */
  readonly ids: readonly string[];
}

export class Unusable {
  count = 0;
  /** Of bookings and patients. */
  readonly ids: string[] = [];
  readonly #bySlice = new Map<string, { count: number; ids: string[] }>();
  /** Bookings that name no slice, and the keys of those that each may belong to; whoever knows them may say which. */
  readonly #loose = new Map<string, ReadonlySet<string>>();
  /** A booking without an id came, which may be any of these slices'. */
  readonly nameless = new Set<string>();

  notePatient(id: unknown): void {
    this.count += 1;
    if (typeof id === 'string' && this.ids.length < idsKept) this.ids.push(id);
  }

  /** `slice`: its key, if it can be told. `among`: the keys of those that it may belong to. */
  noteBooking(id: unknown, slice: string | undefined, among: ReadonlySet<string>): void {
    this.count += 1;
    if (typeof id !== 'string' || this.ids.length >= idsKept) {
      for (const one of slice === undefined ? among : [slice]) this.nameless.add(one);
    } else this.ids.push(id);
    if (slice !== undefined) this.#noteOf(slice, id);
    else if (typeof id === 'string') this.#loose.set(id, among);
  }

  #noteOf(slice: string, id: unknown): void {
    const of = this.#bySlice.get(slice) ?? { count: 0, ids: [] };
    of.count += 1;
    if (typeof id === 'string') of.ids.push(id);
    this.#bySlice.set(slice, of);
  }

  get loose(): readonly string[] {
    return [...this.#loose.keys()];
  }

  /** The slice that a booking is known to lie in. */
  settle(id: string, slice: string): void {
    if (this.#loose.delete(id)) this.#noteOf(slice, id);
  }

  ofSlice(slice: string): UnusableOfSlice | undefined {
    return this.#bySlice.get(slice);
  }

  /** What is to be said of the slice: what is its own, and what nobody can say is not. */
  maybeOfSlice(slice: string): UnusableOfSlice | undefined {
    const { count, ids } = this.#bySlice.get(slice) ?? { count: 0, ids: [] };
    const loose = [...this.#loose].flatMap(([id, among]) => (among.has(slice) ? [id] : []));
    return count + loose.length === 0 ? undefined : { count: count + loose.length, ids: [...ids, ...loose] };
  }

  /** What a part of the same reading found. */
  add(part: Unusable): void {
    this.count += part.count;
    for (const id of part.ids) this.ids.push(id);
    for (const [slice, { count, ids }] of part.#bySlice) {
      const of = this.#bySlice.get(slice) ?? { count: 0, ids: [] };
      this.#bySlice.set(slice, { count: of.count + count, ids: [...of.ids, ...ids] });
    }
    for (const [id, among] of part.#loose) this.#loose.set(id, among);
    for (const slice of part.nameless) this.nameless.add(slice);
  }
}
