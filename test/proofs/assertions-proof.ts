// What a client with keys must not get in with: every kind of hostile assertion, by RS384 and ES384, is refused by each of two processes;
// and an assertion that was taken once is taken never again, by either of them, at the same moment, or after both were started anew.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { createTestClinic, type TestClinic } from '../../src/emr/fhir/test-clinic.ts';
import { emrMigrations } from '../../src/emr/index.ts';
import {
  assertionsBy,
  assertionType,
  clientId,
  insertKeyClients,
  jwkOf,
  strangeEc,
  strangeRsa,
} from '../../src/emr/oauth/test-assertions.ts';
import { systemClock } from '../../src/platform/clock.ts';
import type { Proof, Saboteur } from './proof.ts';

const statedKinds = 45;
const stated = { rounds: 20, replayed: 200 } as const;
const reduced = { rounds: 1, replayed: 12 } as const;

interface EmrProcess {
  readonly url: string;
  stop(): Promise<void>;
}

const program = fileURLToPath(new URL('./assertion-emr.ts', import.meta.url));

async function startEmr({ database, context }: TestClinic): Promise<EmrProcess> {
  const child: ChildProcess = spawn(
    process.execPath,
    ['--no-warnings', program, database.urlFor('emr_app'), database.urlFor('emr_import'), context.publicUrl],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const ended = once(child, 'exit');
  const [port] = (await Promise.race([
    once(child.stdout!, 'data'),
    ended.then(() => {
      throw new Error('an EMR ended before it listened');
    }),
  ])) as [Buffer];
  return {
    url: `http://127.0.0.1:${String(port).trim()}`,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

interface Answered {
  readonly status: number;
  readonly body: string;
}

async function bring(emr: EmrProcess, assertion: string, more: Record<string, string> = {}): Promise<Answered> {
  const answer = await fetch(`${emr.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      scope: 'system/*.rs',
      client_assertion_type: assertionType,
      client_assertion: assertion,
      ...more,
    }),
  });
  return { status: answer.status, body: await answer.text() };
}

const isTaken = ({ status, body }: Answered): boolean => status === 200 && body.includes('access_token');
const isRefused = ({ status, body }: Answered): boolean =>
  (status === 400 || status === 401) &&
  /"error":"invalid_(client|request)"/.test(body) &&
  !body.includes('access_token');

export const proveAssertions: Proof = async ({ adminUrl, full, say }) => {
  const count = full ? stated : reduced;
  const clinic = await createTestClinic(adminUrl, emrMigrations);
  let emrs: readonly EmrProcess[] = [];
  try {
    await insertKeyClients(clinic.owner);
    const { rs384, es384, hostile } = assertionsBy(systemClock);
    const start = async () => {
      emrs = await Promise.all([startEmr(clinic), startEmr(clinic)]);
    };
    await start();
    const failures: string[] = [];
    let cases = 0;
    if (hostile.length < statedKinds) failures.push(`only ${hostile.length} kinds of hostile assertions`);

    /** Kinds that got in, or were refused in a way that says nothing. */
    const attack = async (): Promise<string[]> => {
      const through: string[] = [];
      for (const { what, assertion, form } of hostile) {
        for (const emr of emrs) {
          cases += 1;
          const answer = await bring(emr, assertion(), form);
          if (!isRefused(answer)) through.push(`${what}: ${answer.status}${isTaken(answer) ? ', and a token' : ''}`);
        }
      }
      return through;
    };
    for (let round = 0; round < count.rounds; round += 1) failures.push(...(await attack()));
    say(
      `${hostile.length} kinds of hostile assertions at two processes, ${cases} presented, ${failures.length} not refused`,
    );

    /** How often an assertion was taken beyond the one time. */
    const replay = async (assertions: readonly string[], before: boolean): Promise<string[]> => {
      const wrong: string[] = [];
      for (const [n, assertion] of assertions.entries()) {
        const answers = await Promise.all([0, 1, 0, 1, 0, 1].map((which) => bring(emrs[which]!, assertion)));
        cases += answers.length;
        const taken = answers.filter(isTaken).length;
        const refused = answers.filter(isRefused).length;
        const due = before ? 1 : 0;
        if (taken !== due || taken + refused !== answers.length) {
          wrong.push(
            `assertion ${n}, ${before ? 'new' : 'after a restart'}: taken ${taken} times of ${answers.length}, refused ${refused} times`,
          );
        }
      }
      return wrong;
    };
    const restart = async () => {
      await Promise.all(emrs.map((emr) => emr.stop()));
      await start();
    };
    const fresh = (many: number) => Array.from({ length: many }, (_, n) => (n % 2 === 0 ? rs384() : es384()));
    const assertions = fresh(count.replayed);
    failures.push(...(await replay(assertions, true)));
    const saboteurs: Saboteur[] = [];
    const plant = async (name: string, sql: string, undo: string, look: () => Promise<string[]>) => {
      await clinic.owner.query(sql);
      const wrong = await look();
      await clinic.owner.query(undo);
      say(`saboteur, ${name}: ${wrong[0] ?? 'NOT CAUGHT'}`);
      saboteurs.push({ name, caught: wrong.length > 0 });
    };
    await plant(
      'what was seen is forgotten',
      `create function forget() returns trigger language plpgsql as $$ begin new.jti_hash := sha256(random()::text::bytea); return new; end $$;
       create trigger forget before insert on oauth_assertion_seen for each row execute function forget()`,
      'drop trigger forget on oauth_assertion_seen; drop function forget()',
      () => replay(fresh(2), true),
    );
    await plant(
      'nothing is ever seen for the first time',
      `create function never() returns trigger language plpgsql as $$ begin return null; end $$;
       create trigger never before insert on oauth_assertion_seen for each row execute function never()`,
      'drop trigger never on oauth_assertion_seen; drop function never()',
      () => replay(fresh(2), true),
    );
    await restart();
    failures.push(...(await replay(fresh(2), true)).map((one) => `after the saboteurs, ${one}`));
    failures.push(...(await replay(assertions, false)));
    say(
      `${assertions.length} assertions, each presented twelve times to two processes with a restart between; ${failures.length} wrong`,
    );

    const strangers = JSON.stringify({
      keys: [
        jwkOf(strangeRsa.publicKey, { kid: 'r', alg: 'RS384' }),
        jwkOf(strangeEc.publicKey, { kid: 'e', alg: 'ES384' }),
      ],
    });
    await clinic.owner.query('create table kept_keys as select jwks from oauth_client where client_id = $$7001-keys$$');
    await plant(
      'a stranger’s keys for the client’s',
      `update oauth_client set jwks = '${strangers}' where client_id = '${clientId}'`,
      `update oauth_client set jwks = (select jwks from kept_keys) where client_id = '${clientId}'`,
      async () => {
        // A process keeps keys for a moment.
        await restart();
        return attack();
      },
    );
    return { cases, failures, saboteurs };
  } finally {
    await Promise.all(emrs.map((emr) => emr.stop()));
    await clinic.close();
  }
};
