import type { Db } from '../../platform/database/db.ts';
import { problem } from '../../platform/problem.ts';
import { localDateTime, localText } from '../../platform/zones.ts';
import { asSite, type PortalContext } from '../context.ts';
import type { MailState } from '../contract/mails.ts';
import type { FiledState } from '../contract/messages.ts';
import type { PanelAppointment, PanelConfirmation, PanelEvent, PatientPanel } from '../contract/patient-panel.ts';
import { gapIdsAt, gapsBySchedule, listOpenGaps } from '../gaps/open-gaps.sql.ts';
import { wayOf } from '../gaps/why.ts';
import { sliceKey } from '../intake/slices.ts';
import { confirmWay } from '../links/confirm-way.ts';
import { findAnswerOf, listLinksOf } from '../links/links.sql.ts';
import { filedStateOf, listedThread } from '../messages/listed-thread.ts';
import { listThreads } from '../messages/messages.sql.ts';
import * as sql from './patient-panel.sql.ts';
import { readSite } from './patients.sql.ts';
import { cursorOf, placeOf } from './place.ts';

const appointmentsAtOnce = 20;
const threadsAtMost = 20;
const documentsAtMost = 50;
const eventsAtMost = 50;

/** One snapshot. A booking that is not listed, or has no patient, is a 404 like one that never was. */
export async function readPatientPanel(
  { pool, clock }: Pick<PortalContext, 'pool' | 'clock'>,
  siteId: number,
  { bookingId, after }: { readonly bookingId: string; readonly after: string | undefined },
): Promise<PatientPanel> {
  return asSite(
    pool,
    siteId,
    async (tx) => {
      const patient = await sql.findPatientOf(tx, siteId, bookingId);
      if (!patient) throw problem('not-found', 'problem.not-found');
      const { zone } = await readSite(tx, siteId);
      const rows = await sql.listAppointments(tx, patient, {
        after: after === undefined ? undefined : placeOf(after),
        limit: appointmentsAtOnce + 1,
      });
      const appointments = rows.slice(0, appointmentsAtOnce);
      const threads = await listThreads(tx, { siteId, bookingId, limit: threadsAtMost });
      const documents = await sql.listDocuments(tx, patient, documentsAtMost);
      const events = await sql.listEvents(tx, patient, eventsAtMost);
      const confirmation = await readConfirmation(tx, patient, bookingId, clock.now());
      const { patientId, given, family, birthDate, chartNumber, phone, email, language, optedOut } = patient;
      return {
        bookingId,
        today: localText(zone, clock.now()).slice(0, 10),
        patientId,
        display: [given, family].filter(Boolean).join(' ') || patientId,
        birthDate,
        chartNumber,
        phone,
        email,
        language,
        optedOut,
        confirmation,
        appointments: appointments.map(appointmentOf),
        next: rows.length > appointments.length ? cursorOf(appointments.at(-1)!) : null,
        threads: threads.map((row) => listedThread(row, zone)),
        documents: documents.map(({ sentAt, ...file }) => ({ ...file, sentAt: localText(zone, sentAt) })),
        history: events.map((row) => ({ at: localText(zone, row.at), what: whatOf(row), by: row.by })),
      };
    },
    { isolation: 'repeatable read', readOnly: true },
  );
}

async function readConfirmation(
  tx: Db,
  patient: sql.PanelPatient,
  bookingId: string,
  now: Date,
): Promise<PanelConfirmation> {
  const { siteId, connectionId } = patient;
  const booking = await sql.getChosenBooking(tx, patient, bookingId);
  const gaps = gapsBySchedule(await listOpenGaps(tx, siteId));
  const of = { siteId, connectionId, bookingId };
  const steps = confirmWay({
    gates: wayOf(booking, gaps.get(sliceKey(booking)) ?? [], 'confirm', true).gates,
    gapIds: gapIdsAt(gaps, booking),
    booking,
    links: await listLinksOf(tx, of),
    answer: await findAnswerOf(tx, { ...of, ...booking }),
    now,
  });
  const { officeId, officeName, providerId, providerDisplay, status, participation } = booking;
  return {
    ...{ officeId, officeName, providerId, providerDisplay },
    confirmed: status === 'booked' && participation === 'accepted',
    steps,
    answer: steps.find(({ state }) => state === 'fails') ?? null,
  };
}

function appointmentOf({ startAt, endAt, zone, state, ...row }: sql.AppointmentRow): PanelAppointment {
  const { date, time } = localDateTime(zone, startAt);
  return { ...row, date, start: time, end: localDateTime(zone, endAt).time, unconfirmed: state === 'unconfirmed' };
}

function whatOf({ kind, word, state, theirs, threadId }: sql.EventRow): PanelEvent['what'] {
  if (kind === 'message') return { kind, theirs, threadId: threadId! };
  if (kind === 'mail') return { kind, state: word as MailState };
  return { kind, act: word!, filed: filedStateOf([state!]) satisfies FiledState };
}
