// The synchroniser's clinic with an outbox: presses are queued through the portal's door, and the EMR itself is asked how often it was
// changed and by whom.
import { createWriteBackWorker, type DeliveryStep, type WriteBackWorker } from '../src/connect/index.ts';
import { systemClock } from '../src/platform/clock.ts';
import { newId } from '../src/platform/ids.ts';
import { createLog } from '../src/platform/log.ts';
import { asSite, outbox } from '../src/portal/index.ts';
import { all, type SyncClinic, syncClinic, tenantId } from './sync-clinic.ts';
import { sealingKey, siteId } from './sync-portal.ts';

export type Kind = outbox.QueueWriteBack['kind'];

export interface Sent {
  readonly state: outbox.WriteBack['state'];
  readonly already: boolean;
  readonly missing: number;
  readonly failures: number;
  readonly attempt: number;
  readonly generation: number;
  readonly problem: outbox.Said | null;
  readonly task: string | null;
  /** Of the next try. */
  readonly waitSeconds: number;
}

export interface WriteBackClinic extends SyncClinic {
  readonly deliverer: WriteBackWorker;
  /** Methods and paths of what reached the EMR's door, bookings alone. */
  readonly asked: string[];
  onStep: ((step: DeliveryStep) => void | Promise<void>) | undefined;
  makeDeliverer(intervals?: { leaseMs?: number }): WriteBackWorker;
  /** Resolves to the write-back's id. */
  press(kind: Kind, bookingId: string): Promise<string>;
  sent(writeBackId: string): Promise<Sent>;
  /** Lets what waits for a later try come due. */
  makeDue(): Promise<void>;
  /** How the EMR has a booking, and how often the integration user has changed it. */
  inEmr(bookingId: string): Promise<{ status: string; participation: string; version: number; ours: number }>;
  inPortal(bookingId: string): Promise<{ status: string; participation: string; version: string; state: string }>;
  /** As somebody of the EMR does it. */
  changeInEmr(bookingId: string, set: string): Promise<void>;
}

export async function writeBackClinic(options: { readonly adminUrl: string }): Promise<WriteBackClinic> {
  const clinic = await syncClinic({ ...options, perSlice: 60 });
  // Of what is deleted our EMR keeps a tombstone; the synchroniser's clinic is one that does not.
  await clinic.emr.query('alter table appointment enable trigger keep_deleted');
  await clinic.grantAll(all);
  await clinic.sync('full');
  const asked: string[] = [];
  const log = createLog({ level: 'fatal', name: 'test' });
  const made: WriteBackWorker[] = [];
  const makeDeliverer: WriteBackClinic['makeDeliverer'] = (intervals = {}) => {
    const one = createWriteBackWorker({
      syncUrl: clinic.syncUrl,
      sealingKey,
      clock: systemClock,
      log,
      onStep: (step) => extended.onStep?.(step),
      // What failed waits until a test lets it come due.
      random: () => 0.5,
      intervals: { firstWaitMs: 60_000, ...intervals },
    });
    made.push(one);
    return one;
  };
  const extended: WriteBackClinic = {
    ...clinic,
    get connectionId() {
      return clinic.connectionId;
    },
    deliverer: undefined as never,
    asked,
    onStep: undefined,
    makeDeliverer,
    press: async (kind, bookingId) => {
      const { rows } = await clinic.portal.query<{ version: string }>(
        'select emr_version as version from booking where booking_id = $1',
        [bookingId],
      );
      const { writeBackId } = await asSite(clinic.portal, siteId, (tx) =>
        outbox.queueWriteBack(tx, {
          siteId,
          userId: null,
          kind,
          bookingId,
          pressId: newId(),
          version: rows[0]!.version,
          now: systemClock.now(),
        }),
      );
      return writeBackId;
    },
    sent: async (writeBackId) => {
      const { rows } = await clinic.portal.query<Sent & Record<string, unknown>>(
        `select w.state, w.already, w.missing_columns::integer as missing, w.failures, w.attempt, w.generation, w.problem, t.reason as task,
                extract(epoch from w.next_attempt_at - now())::float as "waitSeconds"
           from write_back w left join staff_task t on t.write_back_id = w.write_back_id where w.write_back_id = $1`,
        [writeBackId],
      );
      return rows[0]!;
    },
    makeDue: async () => {
      await clinic.portal.query(`update write_back set next_attempt_at = now() where state = 'retrying'`);
      await clinic.portal.query('update connect.write_back_breaker set open_until = null');
    },
    inEmr: async (bookingId) => {
      const { rows } = await clinic.emr.query<{
        status: string;
        participation: string;
        version: number;
        ours: number;
      }>(
        `select a.status, a.participation, a.version_id as version,
                (select count(*) from audit_event e join app_user u on u.tenant_id = e.tenant_id and u.user_id = e.user_id
                  where u.kind = 'service' and e.action = 'change-booking' and e.entity_id = a.appointment_id)::integer as ours
           from appointment a where a.tenant_id = $1 and a.appointment_id = $2`,
        [tenantId, bookingId],
      );
      return rows[0]!;
    },
    inPortal: async (bookingId) => {
      const { rows } = await clinic.portal.query<{
        status: string;
        participation: string;
        version: string;
        state: string;
      }>('select status, participation, emr_version as version, state from booking where booking_id = $1', [bookingId]);
      return rows[0]!;
    },
    changeInEmr: async (bookingId, set) => {
      await clinic.emr.query(
        `update appointment set ${set}, version_id = version_id + 1, last_updated = clock_timestamp()
          where tenant_id = $1 and appointment_id = $2`,
        [tenantId, bookingId],
      );
    },
    close: async () => {
      for (const one of made) await one.stop();
      await clinic.close();
    },
  };
  (extended as { deliverer: WriteBackWorker }).deliverer = makeDeliverer();
  return extended;
}

/** Counts what is asked about bookings, and lets everything pass. */
export const countAsked =
  (clinic: WriteBackClinic): SyncClinic['proxy']['mishap'] =>
  (path, method) => {
    if (/\/fhir\/Appointment\/[^$]/.test(path)) clinic.asked.push(`${method} ${path.split('/').at(-1)}`);
    return undefined;
  };
