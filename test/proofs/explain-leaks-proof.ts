// The explanations tell nothing more. In random worlds everybody asks the portal and Cloud Connect why something is missing: with the words of
// what he may see, of what is there and may not be shown to him, and of what has never been. About the last two the answers are equal byte for
// byte, but for the words that he asked with; they stay what they are when what may not be seen is taken out of the portal's database; and no
// word of it stands in any answer. About the first they name it, and where the place is to blame they name the Access Doctor's gap.
//
// Two answers do say that there is something: the Patients page and the Day Sheet count what a schedule withholds, and an act of the portal's own
// stays in its list until it has arrived, by the booking's id, without its patient. That is meant so (docs/domain.md, sections 3 and 7), and the
// same whatever is asked.
import pg from 'pg';
import type { Diagnosis } from '../../src/connect/contract/doctor.ts';
import { features } from '../../src/connect/contract/features.ts';
import { seededRandom } from '../../src/demo/demo-clinic.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { addDays } from '../../src/platform/zones.ts';
import type { WhyAnswer } from '../../src/portal/contract/why.ts';
import {
  type Asker,
  type Door,
  hiddenKinds,
  hourAfter,
  type LeakClinic,
  type LeakWorld,
  openLeakClinic,
  otherSiteId,
  type Words,
} from '../leaks/leak-world.ts';
import { drawnFrom } from '../sweep/answers.ts';
import { slices } from '../sync-clinic.ts';
import type { Proof, Saboteur } from './proof.ts';

const worlds = { full: 300, reduced: 3 } as const;

interface Question {
  readonly name: string;
  readonly door?: Door;
  readonly method: 'GET' | 'POST';
  /** With `{word}`s in it. */
  readonly url: string;
  readonly body?: string;
}
const get = (name: string, url: string, door?: Door): Question => ({
  name,
  method: 'GET',
  url,
  ...(door ? { door } : {}),
});

/** Asked with the words of one thing. */
const questions: readonly Question[] = [
  get('why, by surname', '/api/why?name={family}'),
  get('why, by the surname as it was heard', '/api/why?name={heard}'),
  get('why, by the beginning of a surname', '/api/why?name={prefix}'),
  get('why, by given name', '/api/why?name={given}'),
  get('why, by patient id', '/api/why?name={patientId}'),
  get('why, by booking id', '/api/why?name={bookingId}&date={date}'),
  get('why, by chart number', '/api/why?name={chart}'),
  get('why, by e-mail', '/api/why?name={email}'),
  get('why, by day and time', '/api/why?date={date}&time={time}'),
  get(
    'why, by all that is known',
    '/api/why?name={family}&date={date}&time={time}&office={office}&provider={provider}',
  ),
  get('why, at another office', '/api/why?name={family}&office={elsewhere}'),
  ...(['reminders', 'confirm', 'attachments'] as const).map((place) =>
    get(`why, of ${place}`, `/api/why?name={family}&office={office}&provider={provider}&feature=${place}`),
  ),
  get('the Patients page', '/api/patients?date={date}&search={family}'),
  get('the Patients page, by booking id', '/api/patients?date={date}&search={bookingId}'),
  get('the Day Sheet', '/api/day-sheet?date={date}&search={chart}'),
  get('the patient and his confirming', '/api/bookings/{bookingId}/patient'),
  get('threads', '/api/threads?booking={bookingId}'),
  get('the attachment picker', '/api/saved-for-ocean/{fetchId}'),
  {
    name: 'the attachment picker, asked anew',
    method: 'POST',
    url: '/api/saved-for-ocean',
    body: '{"bookingId":"{bookingId}"}',
  },
  { name: 'a link', method: 'POST', url: '/api/bookings/{bookingId}/link', body: '{}' },
];

/** Asked of a world: nobody's words are in it. `some`: of many alike, these. */
const general = ({ dates, ruleId }: LeakWorld, some: <T>(all: readonly T[]) => readonly T[]): readonly Question[] => [
  get('why', '/api/why'),
  ...some(dates).flatMap((date) => [
    get('the Patients page', `/api/patients?date=${date}`),
    get('the Day Sheet', `/api/day-sheet?date=${date}`),
  ]),
  get('the Patients page as a file', `/api/patients.csv?date=${dates[0]}`),
  get('the reminder log', '/api/reminders/log'),
  get('reminders', '/api/reminders'),
  { name: 'Save & Test', method: 'POST', url: `/api/reminders/rules/${ruleId}/test`, body: '{}' },
  get('staff tasks', '/api/tasks'),
  get('threads', '/api/threads'),
  get('the Access Doctor', '/api/doctor', 'connect'),
  get('parked write-backs', '/api/write-backs', 'connect'),
  ...slices.flatMap(([office, provider]) =>
    some(features).map((feature) =>
      get('the Access Doctor, of a feature', `/api/doctor/${office}/${provider}/${feature}`, 'connect'),
    ),
  ),
];
/** An act of the portal's own is told by the id of its booking, whatever may be seen of that since. */
const tellsOfActs = ['staff tasks', 'parked write-backs'];
/** Who is not selected is missed by choice and not for want of permission: what was written to his patients stays. */
const keepsTheUnselected = ['threads', 'the attachment picker'];

type Asked = Words & { readonly heard: string; readonly prefix: string; readonly elsewhere: string };
const asked = ({ family, given, patientId, chart, email, phone, bookingId, type, fetchId, ...of }: Words): Asked => ({
  ...{ family, given, patientId, chart, email, phone, bookingId, type, fetchId },
  ...{ date: of.date, time: of.time, office: of.office, provider: of.provider },
  heard: family.toUpperCase(),
  prefix: family.slice(0, 5).toLowerCase(),
  elsewhere: of.office === 'hill' ? 'shore' : 'hill',
});
/** Somebody who never was, expected at the same place on the same day, at a time at which nobody comes. */
const ghostOf = ({ date, time, office, provider }: Words, word: () => string): Words => ({
  ...{ date, office, provider, time: hourAfter(time) },
  family: `${word()}family`,
  given: `${word()}given`,
  patientId: `${word()}-patient`,
  chart: `${word()}-chart`,
  email: `${word()}@mail.example`,
  phone: `604-${word()}`,
  bookingId: `${word()}-booking`,
  type: `${word()}type`,
  fetchId: `${word()}-fetch`,
});

interface Answer {
  readonly status: number;
  readonly text: string;
}
/** What a fault makes of an answer on its way to whoever asked. */
type Tamper = (answer: Answer, question: Question, words: Words) => Answer | Promise<Answer>;

interface Ground {
  readonly leaks: LeakClinic;
  readonly word: () => string;
  readonly tamper?: Tamper;
  readonly met: Map<string, number>;
}

const fill = (template: string, words: Asked): string =>
  template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => (name in words ? words[name as keyof Asked] : whole));

async function askAs(ground: Ground, asker: Asker, question: Question, of?: Words): Promise<Answer> {
  const { leaks, met, tamper } = ground;
  const door = question.door ?? 'portal';
  const base = leaks.bases[door];
  const words = of && asked(of);
  const text = (template: string) => (words ? fill(template, words) : template);
  const answer = await fetch(`${base}${text(question.url)}`, {
    method: question.method,
    headers: {
      origin: base,
      ...(asker.cookies[door] === '' ? {} : { cookie: asker.cookies[door] }),
      ...(question.body ? { 'content-type': 'application/json' } : {}),
    },
    ...(question.body ? { body: text(question.body) } : {}),
  });
  met.set(question.name, (met.get(question.name) ?? 0) + 1);
  const whole = { status: answer.status, text: await answer.text() };
  return tamper && of ? tamper(whole, question, of) : whole;
}

/** Words of what may not be seen, and whether they are of a booking or of a patient. */
interface Mark {
  readonly word: string;
  readonly ofBooking: boolean;
  readonly unselected: boolean;
}
function marksOf({ things }: LeakWorld): Mark[] {
  const shown = new Set(things.flatMap((one) => (one.kind === 'shown' ? [one.patientId] : [])));
  const kept = new Set(things.flatMap((one) => (one.kind === 'not selected' ? [one.patientId] : [])));
  return things.flatMap((one): Mark[] => {
    const hidden = one.kind === 'shown' ? one.beside : one;
    if (!hidden) return [];
    const unselected = kept.has(one.patientId);
    const { family, given, patientId, chart, email, phone, bookingId, type, fetchId } = hidden;
    return [
      { word: bookingId, ofBooking: true, unselected },
      ...[type, fetchId].map((word) => ({ word, ofBooking: false, unselected })),
      ...(shown.has(patientId)
        ? []
        : [family, given, patientId, chart, email, phone].map((word) => ({ word, ofBooking: false, unselected }))),
    ];
  });
}

/** What was asked with comes back, letter by letter, and only there. */
function withoutAsked(
  { status, text }: Answer,
  question: Question,
  of: Words,
): { rest: string; wrongEcho: string | null } {
  const { date: _date, office: _office, provider: _provider, elsewhere: _elsewhere, time, ...own } = asked(of);
  // What has an id of its own for each request, whatever was asked.
  let rest = text.replaceAll(/"(errorId|requestId|instance)":"[^"]*",?/g, '');
  let wrongEcho: string | null = null;
  if (status === 200 && question.url.startsWith('/api/why')) {
    const { asked: echo, ...answer } = JSON.parse(text) as WhyAnswer;
    const expected = Object.fromEntries(new URL(`http://x${fill(question.url, asked(of))}`).searchParams);
    if (JSON.stringify(Object.entries(echo).sort()) !== JSON.stringify(Object.entries(expected).sort()))
      wrongEcho = `asked with ${JSON.stringify(expected)}, told it was ${JSON.stringify(echo)}`;
    rest = JSON.stringify(answer);
  } else {
    for (const word of Object.values(own).sort((a, b) => b.length - a.length)) rest = rest.replaceAll(word, '…');
    rest = rest.replaceAll(`"${time}"`, '…');
  }
  return { rest: `${status} ${rest}`, wrongEcho };
}

/** Where two texts begin to differ. */
function difference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return `…${a.slice(Math.max(0, at - 60), at + 120)}… and not …${b.slice(Math.max(0, at - 60), at + 120)}…`;
}

interface LookOptions {
  readonly random: () => number;
  /** Every so manyeth question, and others of the next thing: between them everything is asked. */
  readonly every: number;
  /** Those alone in which a fault has to show. */
  readonly only?: readonly string[] | undefined;
  /** Ends at the first that is wrong: a saboteur needs no more. */
  readonly untilFirst?: boolean;
}

/** What is wrong in this world, one line each; `cases` counts comparisons. */
async function look(ground: Ground, world: LeakWorld, { random, every, only, untilFirst = false }: LookOptions) {
  const { leaks, word, met } = ground;
  const { things } = world;
  const wrong: string[] = [];
  let cases = 0;
  const done = () => untilFirst && wrong.length > 0;
  const insiders = leaks.askers.filter(({ inside }) => inside);
  const outsiders = leaks.askers.filter(({ inside }) => !inside);
  const one = <T>(some: readonly T[]): T => some[Math.floor(random() * some.length)]!;
  const offset = Math.floor(random() * every);
  const some = <T>(all: readonly T[], turn = 0) => all.filter((_, at) => (at + offset + turn) % every === 0);
  const isAsked = ({ name }: Question) => only === undefined || only.includes(name);
  const count = (name: string) => met.set(name, (met.get(name) ?? 0) + 1);
  const marks = marksOf(world);
  const noMark = (answer: Answer, question: Question, where: string, of?: Words) => {
    cases += 1;
    const { text } = answer;
    const own = of ? Object.values(asked(of)) : [];
    const shown = marks.find(
      ({ word: mark, ofBooking, unselected }) =>
        text.includes(mark) &&
        !own.includes(mark) &&
        !(ofBooking && tellsOfActs.includes(question.name)) &&
        !(unselected && keepsTheUnselected.includes(question.name)),
    );
    if (shown)
      wrong.push(
        `${where}: shows ${shown.word} in ${text.slice(Math.max(0, text.indexOf(shown.word) - 80)).slice(0, 160)}`,
      );
    if (answer.status >= 500) wrong.push(`${where}: ${answer.status} ${text.slice(0, 120)}`);
  };

  const diagnosis = JSON.parse(
    (await askAs(ground, insiders[0]!, get('the Access Doctor', '/api/doctor', 'connect'))).text,
  ) as Diagnosis;
  const known = new Set(diagnosis.gaps.map(({ gapId }) => gapId));

  // (a) What may be seen is found and named; nothing of what the same patient has elsewhere comes along.
  const shown = things.filter(({ kind }) => kind === 'shown');
  for (const thing of [shown.find((each) => each.beside !== null), shown[0]].flatMap((each) => each ?? [])) {
    const asker = one(insiders);
    const isNamed: Readonly<Record<string, (text: string) => boolean>> = {
      'why, by surname': (text) => namesIt(text, thing),
      'why, by day and time': (text) => namesIt(text, thing),
      'why, by all that is known': (text) => namesIt(text, thing),
      'the Patients page': (text) => text.includes(thing.bookingId) && text.includes(thing.family),
      'the patient and his confirming': (text) => text.includes(thing.family) && text.includes('"confirmation":{'),
      'the attachment picker': (text) => text.includes(`Letter of ${thing.family}`) || text.includes('not-found'),
    };
    for (const question of questions.filter((each) => each.name in isNamed && isAsked(each))) {
      const answer = await askAs(ground, asker, question, thing);
      const where = `${asker.name}, ${question.name}, of what is shown`;
      if (!isNamed[question.name]!(answer.text))
        wrong.push(`${where}: does not name it: ${answer.status} ${answer.text.slice(0, 300)}`);
      noMark(answer, question, where, thing);
      if (done()) return { cases, wrong };
    }
    count('shown');
    if (thing.beside) count('shown beside what is not');
  }

  // (b) and (c): what is there and may not be seen, and what never was.
  const kept: { readonly question: Question; readonly asker: Asker; readonly of: Words; readonly text: string }[] = [];
  const hidden = hiddenKinds.flatMap((kind) => {
    const ofKind = things.filter((thing) => thing.kind === kind);
    return ofKind.length === 0 ? [] : [one(ofKind)];
  });
  const beside = things.flatMap((thing) =>
    thing.beside ? [{ ...thing, ...thing.beside, kind: 'beside' as const }] : [],
  );
  for (const [turn, thing] of [...hidden, ...beside.slice(0, 1)].entries()) {
    const ghost = ghostOf(thing, word);
    // The name of somebody who is shown elsewhere finds him there: of his other booking only the booking's own words are asked with.
    const ofBooking = /\{(bookingId|fetchId|time)\}/;
    for (const question of (only ? questions : some(questions, turn)).filter(isAsked)) {
      const { name } = question;
      if (
        thing.kind === 'beside' &&
        (!ofBooking.test(`${question.url}${question.body ?? ''}`) || question.url.includes('family'))
      )
        continue;
      if (thing.kind === 'not selected' && keepsTheUnselected.includes(name)) continue;
      const asker = one(insiders);
      const [there, never] = [await askAs(ground, asker, question, thing), await askAs(ground, asker, question, ghost)];
      const where = `${asker.name}, ${name}, ${thing.kind}`;
      const [a, b] = [withoutAsked(there, question, thing), withoutAsked(never, question, ghost)];
      if (a.rest !== b.rest) wrong.push(`${where}: ${difference(a.rest, b.rest)}`);
      if (a.wrongEcho) wrong.push(`${where}: ${a.wrongEcho}`);
      noMark(there, question, where, thing);
      kept.push({ question, asker, of: thing, text: there.text });
      if (done()) return { cases, wrong };
    }
    const { text } = await askAs(
      ground,
      one(insiders),
      questions.find(({ name }) => name === 'why, by all that is known')!,
      thing,
    );
    const [way] = (JSON.parse(text) as WhyAnswer).schedules;
    const placeIsToBlame = ['masked after it was shown', 'masked always', 'lost', 'never granted', 'beside'].includes(
      thing.kind,
    );
    if (placeIsToBlame && (way?.answer?.gate !== 3 || !known.has(way.answer.gapId ?? '')))
      wrong.push(
        `${thing.kind}: the answer is ${JSON.stringify(way?.answer)}, and the Access Doctor lists ${[...known]}`,
      );
    count(thing.kind);
  }

  // Nobody's words: every place of part 2, by everybody who may ask there.
  for (const question of general(world, (all) => drawnFrom(all, 3, random)).filter(isAsked)) {
    const asker = question.door === 'connect' ? insiders[0]! : one(insiders);
    const answer = await askAs(ground, asker, question);
    if (answer.status !== 200)
      wrong.push(`${asker.name}, ${question.name}: ${answer.status} ${answer.text.slice(0, 200)}`);
    noMark(answer, question, `${asker.name}, ${question.name}`);
    if (question.url === '/api/why') kept.push({ question, asker, of: things[0]!, text: answer.text });
    if (done()) return { cases, wrong };
  }
  for (const thing of things.filter(({ beside: other }) => other !== null).slice(0, 1)) {
    const panel = questions.find(({ name }) => name === 'the patient and his confirming')!;
    const { text } = await askAs(ground, insiders[0]!, panel, thing);
    kept.push({ question: panel, asker: insiders[0]!, of: thing, text });
  }

  // Who has no business here is told nothing about anybody, whatever there is.
  for (const asker of only ? outsiders.filter(({ name }) => only.includes(name)) : outsiders) {
    const mine = things.filter(({ kind }) => kind !== 'of the other site');
    const some = [one(mine), mine.find(({ kind }) => kind === 'shown')].flatMap((thing) => thing ?? []);
    for (const thing of some) {
      const ghost = ghostOf(thing, word);
      for (const question of only ? [questions[0]!] : [one(questions)]) {
        const [there, never] = [
          await askAs(ground, asker, question, thing),
          await askAs(ground, asker, question, ghost),
        ];
        const [a, b] = [withoutAsked(there, question, thing), withoutAsked(never, question, ghost)];
        cases += 1;
        if (a.rest !== b.rest)
          wrong.push(`${asker.name}, ${question.name}, ${thing.kind}: ${difference(a.rest, b.rest)}`);
      }
    }
    count(asker.name);
    if (done()) return { cases, wrong };
  }
  return { cases, wrong, kept };
}

const namesIt = (text: string, thing: Words): boolean =>
  text.includes('"found":') &&
  (JSON.parse(text) as WhyAnswer).found.some(
    ({ bookingId, patientDisplay, date, start }) =>
      bookingId === thing.bookingId &&
      date === thing.date &&
      start === thing.time &&
      patientDisplay?.includes(thing.family),
  );

/** The other half: the same questions, letter by letter, when what may not be seen is there no more. Ends the world. */
async function lookAgain(
  ground: Ground,
  world: LeakWorld,
  kept: NonNullable<Awaited<ReturnType<typeof look>>['kept']>,
) {
  await ground.leaks.forgetHidden(world);
  const wrong: string[] = [];
  let cases = 0;
  for (const { question, asker, of, text } of kept) {
    // These count what is withheld, on purpose: the same for every question, and not when it is gone.
    if (/^\/api\/(patients|day-sheet|threads)/.test(question.url)) continue;
    const again = await askAs(ground, asker, question, of);
    cases += 1;
    const still = (one: string) => one.replaceAll(/"(errorId|requestId|instance)":"[^"]*",?/g, '');
    if (still(again.text) !== still(text))
      wrong.push(
        `${asker.name}, ${question.name}, without what is hidden: ${difference(still(text), still(again.text))}`,
      );
  }
  return { cases, wrong };
}

export const proveExplainLeaks: Proof = async ({ adminUrl, full, seed, say }) => {
  const leaks = await openLeakClinic(adminUrl);
  try {
    const ground: Ground = { leaks, word: leaks.word, met: new Map() };
    const failures: string[] = [];
    const saboteurs: Saboteur[] = [];
    let cases = 0;
    const total = full ? worlds.full : worlds.reduced;
    for (let turn = 0; turn < total; turn += 1) {
      const world = await leaks.make(seed + turn, turn);
      const random = seededRandom(seed + turn);
      const seen = await look(ground, world, { random, every: turn < 2 ? 2 : 4 });
      cases += seen.cases;
      const note = (wrong: readonly string[]) => {
        for (const line of wrong.slice(0, 5)) {
          say(`world ${turn}: ${line}`);
          failures.push(`world ${turn}: ${line}`);
        }
      };
      note(seen.wrong);
      if (turn === 0 && seen.wrong.length === 0) saboteurs.push(...(await trySaboteurs(ground, world, seed, say)));
      if (seen.kept) {
        const again = await lookAgain(ground, world, seen.kept);
        cases += again.cases;
        note(again.wrong);
      }
      if (turn % 10 === 9) say(`${turn + 1} worlds, ${cases} comparisons, ${failures.length} wrong`);
    }
    const exercised = [
      ...hiddenKinds,
      'beside',
      'shown',
      'shown beside what is not',
      ...questions.map(({ name }) => name),
    ];
    const never = [...exercised, ...leaks.askers.filter(({ inside }) => !inside).map(({ name }) => name)].filter(
      (name) => !ground.met.get(name),
    );
    failures.push(...never.map((name) => `never came: ${name}`));
    say(`${total} worlds, ${cases} comparisons; came: ${JSON.stringify(Object.fromEntries(ground.met))}`);
    return { cases: total, failures, saboteurs };
  } finally {
    await leaks.close();
  }
};

/** Whether the portal's database has anything that these words fit, whoever may see it. */
async function exists({ leaks }: Ground, { patientId, bookingId }: Words): Promise<boolean> {
  const { rows } = await leaks.clinic.portal.query<{ n: number }>(
    'select count(*)::integer as n from booking where patient_id = $1 or booking_id = $2',
    [patientId, bookingId],
  );
  return rows[0]!.n > 0;
}
const retold = (answer: Answer, question: Question, tell: (why: WhyAnswer) => WhyAnswer): Answer =>
  answer.status === 200 && question.url.startsWith('/api/why')
    ? { ...answer, text: JSON.stringify(tell(JSON.parse(answer.text) as WhyAnswer)) }
    : answer;

/** Faults of the product: in what it asks of its database, or in what it makes of the answer. */
interface Fault {
  readonly name: string;
  /** Names of questions, or of an asker from outside. */
  readonly only: readonly string[];
  /** In every statement that has it. */
  readonly sql?: readonly (readonly [from: string, to: string])[];
  /** In statements that hold this alone. */
  readonly within?: string;
  readonly before?: string;
  readonly after?: string;
  readonly tamper?: (ground: Ground) => Tamper;
}
const masked = 'not b.patient_masked';
const faults: readonly Fault[] = [
  {
    name: 'a password alone is enough',
    only: ['a Site Admin who has given a password alone'],
    before: `update portal_session set second_factor_at = now() where user_id = 'user-5'`,
    after: `update portal_session set second_factor_at = null where user_id = 'user-5'`,
  },
  { name: 'a booking is listed whose patient is withheld', only: ['why, by patient id'], sql: [[`and ${masked}`, '']] },
  {
    name: 'a booking is found that is no longer visible',
    only: ['why, by booking id'],
    sql: [[`b.state in ('present', 'unconfirmed')`, `b.state in ('present', 'unconfirmed', 'visibility-lost')`]],
  },
  {
    name: 'a count has in it who is withheld',
    only: ['the Patients page'],
    within: 'cross join lateral',
    sql: [
      [
        `count(*) filter (where b.state in ('present', 'unconfirmed') and ${masked}`,
        `count(*) filter (where b.state in ('present', 'unconfirmed')`,
      ],
    ],
  },
  {
    name: 'the other site is searched',
    only: ['why, by surname'],
    within: 'as day (connection_id, office_id, from_at, to_at)',
    sql: [['b.site_id = $1 and', `b.site_id = any (array[$1::integer, ${otherSiteId}]) and`]],
    before: 'alter table booking disable row level security; alter table patient disable row level security',
    after:
      'alter table booking enable row level security; alter table patient enable row level security; alter table booking force row level security',
  },
  {
    name: 'threads say whose a booking is that may not be seen',
    only: ['threads'],
    sql: [[`and f.state <> 'visibility-lost' and not f.patient_masked`, '']],
  },
  {
    name: 'the attachment picker names files of who is withheld',
    only: ['the attachment picker'],
    within: 'from saved_fetch f',
    sql: [[`and b.state <> 'visibility-lost' and ${masked}`, '']],
  },
  {
    name: 'the reminder log names who is withheld',
    only: ['the reminder log'],
    within: 'from reminder_log l',
    sql: [
      [`and ${masked}`, ''],
      [`b.state in ('present', 'unconfirmed')`, 'true'],
    ],
  },
  {
    name: 'a staff task names who is withheld',
    only: ['staff tasks'],
    within: 'from staff_task t',
    sql: [
      [`and ${masked}`, ''],
      [`b.state in ('present', 'unconfirmed')`, 'true'],
    ],
  },
  {
    name: 'a gate says that the status hides it, where there is something to hide',
    only: ['why, by chart number'],
    tamper: (ground) => async (answer, question, words) => {
      const there = await exists(ground, words);
      return retold(answer, question, (why) => ({
        ...why,
        schedules: why.schedules.map((way) => ({
          ...way,
          gates: way.gates.map((gate) => (gate.gate === 6 && there ? { ...gate, state: 'fails' } : gate)),
        })),
      }));
    },
  },
  {
    name: 'the name comes back as it is spelled',
    only: ['why, by the surname as it was heard'],
    tamper: (ground) => async (answer, question, words) => {
      const there = await exists(ground, words);
      return retold(answer, question, (why) =>
        there && why.asked.name ? { ...why, asked: { ...why.asked, name: words.family } } : why,
      );
    },
  },
  {
    name: 'that there is more is judged before the wall',
    only: ['why, by surname'],
    tamper: (ground) => async (answer, question, words) => {
      const there = await exists(ground, words);
      return retold(answer, question, (why) => ({ ...why, more: why.more || (there && why.found.length === 0) }));
    },
  },
  {
    name: 'the time of the last match is of the booking',
    only: ['why, by day and time'],
    tamper: (ground) => async (answer, question, words) => {
      const there = await exists(ground, words);
      const at = `${addDays(systemClock.now().toISOString().slice(0, 10), -1)} 00:00:00`;
      return retold(answer, question, (why) =>
        there ? { ...why, schedules: why.schedules.map((way) => ({ ...way, matchedAsOf: at })) } : why,
      );
    },
  },
  {
    name: 'what may be seen is not found',
    only: ['why, by surname'],
    tamper: () => (answer, question) => retold(answer, question, (why) => ({ ...why, found: [] })),
  },
  {
    name: 'the answer has another gap id than the Access Doctor',
    only: ['why, by surname'],
    tamper: () => (answer, question) => ({
      ...answer,
      text: question.door === 'connect' ? answer.text : answer.text.replaceAll(/"G-\w+"/g, '"G-NOBODY"'),
    }),
  },
];

async function trySaboteurs(
  ground: Ground,
  world: LeakWorld,
  seed: number,
  say: (line: string) => void,
): Promise<Saboteur[]> {
  const saboteurs: Saboteur[] = [];
  const { portal } = ground.leaks.clinic;
  for (const { name, only, sql = [], within = '', before, after, tamper } of faults) {
    if (before) await portal.query(before);
    const changed = { statements: 0 };
    const undo = inEveryStatement((text) => {
      if (!text.includes(within)) return text;
      const faulty = sql.reduce((left, [from, to]) => left.replaceAll(from, to), text);
      if (faulty !== text) changed.statements += 1;
      return faulty;
    });
    const spoiled: Ground = { ...ground, met: new Map(), ...(tamper ? { tamper: tamper(ground) } : {}) };
    const { wrong } = await look(spoiled, world, {
      random: seededRandom(seed),
      every: 1,
      only,
      untilFirst: true,
    }).finally(undo);
    if (after) await portal.query(after);
    say(`saboteur, ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
    // What breaks is seen by everybody and proves nothing about what this proof sees.
    const broke = wrong.some((line) => /: 5\d\d /.test(line));
    saboteurs.push({ name, caught: wrong.length > 0 && !broke && (sql.length === 0 || changed.statements > 0) });
  }
  return saboteurs;
}

/** Changes what is sent to the database; resolves to how it is undone. */
function inEveryStatement(change: (text: string) => string): () => void {
  const { prototype } = pg.Client;
  const { query } = prototype;
  prototype.query = function changed(this: pg.Client, statement: unknown, ...rest: unknown[]) {
    const one = typeof statement === 'string' ? change(statement) : statement;
    return Reflect.apply(query, this, [one, ...rest]);
  } as typeof query;
  return () => {
    prototype.query = query;
  };
}
