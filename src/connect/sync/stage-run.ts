// What the EMR gives, into the staging: patients, bookings, whoever bookings name and did not come; and what of it could not be used.
import { intake } from '../../portal/index.ts';
import { type EmrReading, type ReadPart, readPatients } from './read-emr.ts';
import { failSlices, inSite, ofPart, once, saidOf, type Work } from './run-work.ts';
import * as sql from './sync.sql.ts';

/** Patients whom one run fetches singly, because they came between the two files. */
const patientsFetched = 5_000;

/** More deletions than this do not go into a checkpoint: whoever takes the run over reads again. */
const deletedKept = 10_000;

/** What was staged can be gone on with by another worker. */
export const isKept = ({ unusable, deleted, doubted, setAside }: Work): boolean =>
  unusable.count === 0 && deleted.length <= deletedKept && doubted.size === 0 && setAside.length === 0;

/** Every part of a way, and where a way for all at once cannot be gone, the parts of the next. */
export async function stageParts(work: Work, ways: EmrReading['ways']): Promise<void> {
  const { kept, progress } = work;
  for (let way = kept.read?.way ?? 0; ; way += 1) {
    const parts = ways[way]!;
    const before = kept.read?.way === way && kept.read.of === parts.length ? kept.read : undefined;
    const failed = new Set(before?.failed);
    for (const [index, part] of parts.entries()) {
      if (before && index < before.tried && !failed.has(index)) {
        progress.schedulesDone += part.slices.length;
        continue;
      }
      const tried = Math.max(index + 1, before?.tried ?? 0);
      failed.delete(index);
      try {
        await stagePart(work, part, { way, of: parts.length, tried, failed: [...failed] });
        progress.schedulesDone += part.slices.length;
      } catch (error) {
        const said = saidOf(await ofPart(work, error));
        if (way + 1 < ways.length) {
          work.insteadOf = said;
          break;
        }
        failed.add(index);
        failSlices(work, part.slices, said);
      }
    }
    if (work.insteadOf && way + 1 < ways.length) continue;
    kept.read = { way, of: parts.length, tried: parts.length, failed: [...failed] };
    return;
  }
}

/** One part, in one transaction with the note that it was. */
async function stagePart(work: Work, part: ReadPart, read: sql.PartsRead): Promise<void> {
  const { run, marks, kept } = work;
  const { bookings: before = 0 } = kept;
  await inSite(work, async (tx) => {
    const bookings = before + (await intake.stageBookings(tx, run, part.bookings()));
    // A deletion is as much a part of what was read as a row is.
    const deleted = [...new Set([...work.deleted, ...part.deleted()])];
    // What could not be used is not in the staging that another worker would go on with: he reads again.
    if (isKept({ ...work, deleted }) && part.unusable.count === 0 && !part.doubt()) {
      await sql.writeCheckpoint(tx, run, work.context.owner, { ...marks, ...kept, bookings, read, deleted });
    }
    work.deleted = deleted;
    kept.bookings = bookings;
    kept.read = read;
  });
  work.unusable.add(part.unusable);
  const doubt = part.doubt();
  if (doubt) for (const slice of part.slices) work.doubted.set(intake.sliceKey(slice), doubt);
}

/** The patients whom bookings name and who did not come with them. */
export async function stageNamedPatients(work: Work): Promise<void> {
  const { run, client, kept } = work;
  // Somebody may have been made a patient between the two files. And what was changed of a patient while he was out of sight is behind every
  // cursor: a slice is read with its own patients, known or not, and whose booking comes into view is read with it.
  const named = await inSite(work, (tx) =>
    run.mode === 'slice' || kept.byName
      ? intake.listNamedPatients(
          tx,
          run,
          work.slices.filter((slice) => slice.read && slice.applies),
        )
      : run.mode === 'recent'
        ? intake.listPatientsNotInView(tx, run)
        : intake.listUnknownPatients(tx, run, patientsFetched),
  );
  if (named.length === 0) return;
  const { found, missed } = await readPatients(client, named, (error) => ofPart(work, error));
  const unasked = new Set(missed.flatMap(({ ids }) => ids));
  await inSite(work, async (tx) => {
    await intake.stagePatients(tx, run, once(found));
    await intake.maskPatients(
      tx,
      run,
      named.filter((id) => !unasked.has(id)),
    );
    for (const { ids, error } of missed) {
      failSlices(work, await intake.listSlicesNaming(tx, run, ids), saidOf(error));
      work.setAside = [...work.setAside, ...(await intake.setAside(tx, run, ids))];
    }
  });
}

/** What could not be used, by the slice that it belongs to as far as anybody knows, and of earlier runs what has not come again. */
export async function nameUnusable(work: Work): Promise<void> {
  const { run, unusable, doubted, deleted } = work;
  await inSite(work, async (tx) => {
    for (const one of await intake.listPlaces(tx, run, unusable.loose)) {
      unusable.settle(one.bookingId, intake.sliceKey(one));
    }
    const before = work.slices.flatMap((slice) =>
      run.mode === 'recent' && slice.applies && slice.before
        ? [{ slice: intake.sliceKey(slice), said: slice.before }]
        : [],
    );
    for (const { slice, said } of before) {
      // Only a reading of the whole can tell otherwise.
      if (said.key === 'sync.reason.silent') work.standing.set(slice, said);
      if (said.key !== 'sync.reason.unusable') continue;
      const ids = String(said.params['ids']).split(', ');
      const settled = new Set([...deleted, ...(await intake.listSettled(tx, run, ids))]);
      const left = ids.filter((id) => !settled.has(id));
      const count = Number(said.params['count']) - (ids.length - left.length);
      if (count > 0) work.standing.set(slice, { key: said.key, params: { count, ids: left.join(', ') || '–' } });
    }
  });
  for (const slice of unusable.nameless) doubted.set(slice, { key: 'sync.reason.nameless', params: {} });
}

/** Where nobody says what we may see: what the EMR answered for bookings that it no longer gives. */
export async function nameSilent(
  work: Work,
  ids: readonly string[],
  statuses: ReadonlyMap<string, number>,
): Promise<void> {
  const places = await inSite(work, (tx) => intake.listPlaces(tx, work.run, ids));
  const answered = (of: readonly { readonly bookingId: string }[], status: number) =>
    of.filter(({ bookingId }) => statuses.get(bookingId) === status).length;
  for (const [slice, of] of Map.groupBy(places, intake.sliceKey)) {
    const params = { count: of.length, unknown: answered(of, 404), refused: answered(of, 403) };
    work.silent.set(slice, { key: 'sync.reason.silent', params });
  }
}

/** Pairs that bookings of selected providers name and that the plan does not have: it is made again with them. */
export async function discover(work: Work): Promise<boolean> {
  const { run, coverage, slices, selected } = work;
  if (coverage.certainty === 'proved') return false;
  const pairs = await inSite(work, async (tx) => {
    const unplaced = await intake.listUnplaced(tx, run, slices, [...selected]);
    if (unplaced.length > 0) await intake.clearStaging(tx, run);
    return unplaced;
  });
  work.discovered = [...work.discovered, ...pairs];
  return pairs.length > 0;
}
