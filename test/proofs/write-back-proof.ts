// The write-back proof. A deliverer is killed at every step and at every place between it and the EMR; meanwhile the EMR changes; another
// deliverer goes on. Whatever happened: every press rests, the EMR was changed once for it or not at all, and the portal says which; nothing
// that a person of the EMR did is undone; nothing is asked while a permission lacks. The EMR's own audit and versions count.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { deliverySteps } from '../../src/connect/index.ts';
import { all, type Slice, slices, tenantId } from '../sync-clinic.ts';
import { sealingKey } from '../sync-portal.ts';
import { type Kind, type WriteBackClinic, writeBackClinic } from '../write-back-clinic.ts';
import type { Proof, ProofOptions, Saboteur } from './proof.ts';

/** Where the deliverer dies: at a step of its own, or while its request is on its way. */
const places = [...deliverySteps, 'request-on-its-way', 'emr-committed', 'answer-lost'] as const;
type Place = (typeof places)[number];

/** What the EMR does while no deliverer is alive. */
const meanwhile = ['nothing', 'reason', 'moved', 'same', 'revoked'] as const;
type Meanwhile = (typeof meanwhile)[number];

const kinds: readonly Kind[] = ['mark-arrived', 'mark-confirmed', 'cancel'];
const timesFull = 4;

interface Case {
  readonly place: Place;
  readonly meanwhile: Meanwhile;
  readonly kind: Kind;
  readonly slice: Slice;
  readonly bookingId: string;
}

export const proveWriteBacks: Proof = async (options) => {
  const clinic = await writeBackClinic({ adminUrl: options.adminUrl });
  const cases = casesOf(options);
  const failures: string[] = [];
  const rested = { acknowledged: 0, already: 0, task: 0 };
  try {
    for (const [index, one] of cases.entries()) {
      const { wrong, rest } = await killed(clinic, one);
      const name = `${index + 1}: ${one.kind} killed at ${one.place}, meanwhile ${one.meanwhile}, seed ${options.seed}`;
      options.say(`${name}: ${rest}${wrong.length === 0 ? '' : `: ${wrong.join('; ')}`}`);
      if (wrong.length > 0) failures.push(`${name}: ${wrong.join('; ')}`);
      if (rest in rested) rested[rest as keyof typeof rested] += 1;
    }
    options.say(JSON.stringify(rested));
    // The few cases of a reduced run may all lie behind the EMR's commit, where nothing is left to decide.
    if (rested.acknowledged === 0 || (options.full && (rested.task === 0 || rested.already === 0)))
      failures.push(`not everything was exercised: ${JSON.stringify(rested)}`);
    return { cases: cases.length, failures, saboteurs: await trySaboteurs(clinic, options) };
  } finally {
    await clinic.close();
  }
};

/** Each place with each meanwhile when full; else each place once, each meanwhile twice. */
function casesOf({ full, seed }: ProofOptions): Case[] {
  const pairs = full
    ? Array.from({ length: timesFull }, () =>
        places.flatMap((place) => meanwhile.map((what) => [place, what] as const)),
      ).flat()
    : places.map((place, index) => [place, meanwhile[(index + seed) % meanwhile.length]!] as const);
  const drawn = fc.sample(fc.constantFrom(...kinds), { seed, numRuns: pairs.length });
  return pairs.map(([place, what], index) => {
    const slice = slices[index % slices.length]!;
    return {
      place,
      meanwhile: what,
      kind: drawn[index]!,
      slice,
      // The first start soon: those that lie ahead for hours.
      bookingId: `${slice.join('-')}-${3 + Math.floor(index / slices.length)}`,
    };
  });
}

interface Planted {
  readonly lostHeaders?: readonly string[];
  /** Done after the kill, and again and again while the press has not come to rest. */
  readonly tamper?: string;
}

interface Outcome {
  readonly wrong: string[];
  /** How the press came to rest. */
  readonly rest: string;
}

/** One press, one kill and its end by another deliverer; what did not fit. */
async function killed(clinic: WriteBackClinic, one: Case, planted: Planted = {}): Promise<Outcome> {
  const { bookingId, kind, slice } = one;
  const wrong: string[] = [];
  const before = await clinic.inEmr(bookingId);
  const act = await clinic.press(kind, bookingId);
  clinic.proxy.lostHeaders = planted.lostHeaders ?? [];
  try {
    await killAt(clinic, one);
    if (planted.tamper) await clinic.portal.query(planted.tamper);
    const theirs = await happen(clinic, one);
    let asked = 0;
    clinic.proxy.mishap = (path) => {
      if (path.includes(`/Appointment/${bookingId}`)) asked += 1;
      return undefined;
    };
    let state = await carriedOn(clinic, act, planted.tamper);
    if (state === 'parked') {
      asked = 0;
      if (planted.tamper) await clinic.portal.query(planted.tamper);
      await clinic.makeDue();
      await clinic.deliverer.drain();
      if (asked > 0) wrong.push(`asked ${asked} times while the permission lacks`);
    }
    if (one.meanwhile === 'revoked') {
      await clinic.grant(slice, all);
      await clinic.sync('full');
      state = await carriedOn(clinic, act, planted.tamper);
    }
    const sent = await clinic.sent(act);
    const after = await clinic.inEmr(bookingId);
    const ours = after.ours - before.ours;
    if (state !== 'acknowledged' && state !== 'task') wrong.push(`lost: it rests ${state}`);
    if (ours > 1) wrong.push(`doubled: changed ${ours} times`);
    if (state === 'acknowledged' && !sent.already && ours !== 1)
      wrong.push(`said to be done, and changed ${ours} times`);
    if (sent.already && ours !== 0) wrong.push('said to be somebody else’s, and it was ours');
    if (state === 'task' && ours !== 0) wrong.push('given to the staff, and done');
    if (after.version !== before.version + ours + theirs.changes)
      wrong.push(`version ${after.version} holds something else`);
    if ((await countVersions(clinic, bookingId)) !== after.version) wrong.push('a version is missing in the history');
    if (!(await theirs.stands())) wrong.push('what somebody of the EMR did was undone');
    await clinic.sync('full');
    const shown = await clinic.inPortal(bookingId);
    if (
      shown.status !== after.status ||
      shown.participation !== after.participation ||
      shown.version !== `${after.version}`
    )
      wrong.push('the portal shows something else than the EMR');
    return { wrong, rest: sent.already ? 'already' : state };
  } finally {
    clinic.proxy.lostHeaders = [];
    clinic.proxy.mishap = () => undefined;
    await clinic.grant(slice, all);
  }
}

async function countVersions(clinic: WriteBackClinic, bookingId: string): Promise<number> {
  const { rows } = await clinic.emr.query<{ n: number }>(
    'select count(*) as n from appointment_history where tenant_id = $1 and appointment_id = $2',
    [tenantId, bookingId],
  );
  return rows[0]!.n;
}

async function killAt(clinic: WriteBackClinic, { place, bookingId }: Case): Promise<void> {
  let reached = () => {};
  const onItsWay = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const onTheWire = !deliverySteps.some((step) => step === place);
  clinic.proxy.mishap = (path, method) => {
    if (method !== 'PUT' || !path.includes(`/Appointment/${bookingId}`)) return undefined;
    if (place === 'request-on-its-way') {
      reached();
      return new Promise(() => {});
    }
    // Nothing of the answer comes, or it breaks off after the first byte.
    if (place === 'emr-committed') return { cutAfterBytes: 0 };
    return place === 'answer-lost' ? { cutAfterBytes: 1 } : undefined;
  };
  const program = fileURLToPath(new URL('./kill-deliverer.ts', import.meta.url));
  const deliverer = spawn(
    process.execPath,
    ['--no-warnings', program, clinic.syncUrl, sealingKey.toString('hex'), place === 'answer-lost' ? 'none' : place],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(deliverer, 'exit');
  const patience = AbortSignal.timeout(60_000);
  try {
    if (!onTheWire) await once(deliverer.stdout, 'data', { signal: patience });
    else if (place === 'request-on-its-way') await Promise.race([onItsWay, once(patience, 'abort')]);
    else await untilChanged(clinic, bookingId, patience);
    patience.throwIfAborted();
  } finally {
    deliverer.kill('SIGKILL');
    await ended;
    clinic.proxy.mishap = () => undefined;
  }
}

/** Until the EMR has committed our change. */
async function untilChanged(clinic: WriteBackClinic, bookingId: string, patience: AbortSignal): Promise<void> {
  while ((await clinic.inEmr(bookingId)).ours === 0) {
    patience.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

interface Theirs {
  /** Versions that somebody of the EMR made. */
  readonly changes: number;
  readonly stands: () => Promise<boolean>;
}

async function happen(clinic: WriteBackClinic, { meanwhile: what, kind, slice, bookingId }: Case): Promise<Theirs> {
  const one = async (sql: string): Promise<unknown> =>
    (
      await clinic.emr.query<{ value: unknown }>(`select ${sql} as value from appointment where appointment_id = $1`, [
        bookingId,
      ])
    ).rows[0]!.value;
  switch (what) {
    case 'nothing':
      return { changes: 0, stands: async () => true };
    case 'revoked':
      await clinic.grant(slice, 0);
      return { changes: 0, stands: async () => true };
    case 'reason':
      await clinic.changeInEmr(bookingId, `reason = 'brings a letter'`);
      return { changes: 1, stands: async () => (await one('reason')) === 'brings a letter' };
    case 'moved': {
      await clinic.changeInEmr(
        bookingId,
        `start_at = start_at + interval '5 minutes', end_at = end_at + interval '5 minutes'`,
      );
      const start = String(await one('start_at::text'));
      return { changes: 1, stands: async () => (await one('start_at::text')) === start };
    }
    case 'same': {
      const wanted = {
        'mark-arrived': `status = 'arrived'`,
        'mark-confirmed': `participation = 'accepted'`,
        cancel: `status = 'cancelled'`,
      };
      await clinic.changeInEmr(bookingId, wanted[kind]);
      return { changes: 1, stands: async () => true };
    }
  }
}

/** Another deliverer looks until the dead one's lease has passed and the press rests. */
async function carriedOn(clinic: WriteBackClinic, act: string, tamper?: string): Promise<string> {
  // A saboteur may keep it from ever resting, and that is soon seen.
  for (let looks = tamper ? 30 : 200; looks > 0; looks -= 1) {
    await clinic.makeDue();
    await clinic.deliverer.drain();
    const { state } = await clinic.sent(act);
    if (state === 'acknowledged' || state === 'task' || state === 'parked') return state;
    if (tamper) await clinic.portal.query(tamper);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return (await clinic.sent(act)).state;
}

/** Each fault in force for the case that has to find it. */
async function trySaboteurs(clinic: WriteBackClinic, { say }: ProofOptions): Promise<Saboteur[]> {
  const planted: readonly (readonly [string, Pick<Case, 'place' | 'meanwhile'>, Planted])[] = [
    ['no idempotency key', { place: 'emr-committed', meanwhile: 'nothing' }, { lostHeaders: ['idempotency-key'] }],
    ['no If-Match', { place: 'kept', meanwhile: 'moved' }, { lostHeaders: ['if-match'] }],
    [
      'parked is retried',
      { place: 'claimed', meanwhile: 'revoked' },
      { tamper: `update write_back set state = 'retrying', next_attempt_at = now() where state = 'parked'` },
    ],
    [
      'what was sent is not kept',
      { place: 'emr-committed', meanwhile: 'nothing' },
      { tamper: `update write_back set request = null, sends = 0 where state in ('sending', 'retrying')` },
    ],
    [
      'a claim is forgotten',
      { place: 'kept', meanwhile: 'nothing' },
      { tamper: `update write_back set lease_until = 'infinity' where state = 'sending'` },
    ],
  ];
  const saboteurs: Saboteur[] = [];
  for (const [index, [name, where, plant]] of planted.entries()) {
    const slice = slices[index % slices.length]!;
    const one: Case = { ...where, kind: 'mark-arrived', slice, bookingId: `${slice.join('-')}-${58 - index}` };
    const { wrong } = await killed(clinic, one, plant);
    say(`saboteur: ${name}: ${wrong.length === 0 ? 'NOT CAUGHT' : wrong.join('; ')}`);
    saboteurs.push({ name, caught: wrong.length > 0 });
    await clinic.portal.query(`update write_back set lease_until = now() where lease_until = 'infinity'`);
    await carriedOn(clinic, await lastAct(clinic, one.bookingId));
  }
  return saboteurs;
}

async function lastAct(clinic: WriteBackClinic, bookingId: string): Promise<string> {
  const { rows } = await clinic.portal.query<{ id: string }>(
    'select write_back_id as id from write_back where booking_id = $1',
    [bookingId],
  );
  return rows[0]!.id;
}
