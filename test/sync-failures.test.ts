// What goes wrong between two organisations: each time a message that names it, and a portal that stays as it was.
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import type { Mishap } from './emr-proxy.ts';
import { all, type SyncClinic, syncClinic, tenantId } from './sync-clinic.ts';

let clinic: SyncClinic;
let before: Awaited<ReturnType<SyncClinic['listed']>>;
beforeEach(async () => {
  clinic = await syncClinic({ adminUrl: inject('adminUrl') });
  // What breaks here is what a full run reads.
  clinic.proxy.saysDigests = false;
  await clinic.grantAll(all);
  await clinic.sync('full');
  before = await clinic.listed();
  expect(before.length).toBe(120);
  // From here on something changes in the EMR as well, which a run that fails must not let through by halves.
  await clinic.emr.query(
    `update appointment set status = 'arrived', version_id = version_id + 1, last_updated = clock_timestamp()
      where appointment_id like 'hill-abel-1%'`,
  );
});
afterEach(() => clinic.close());

const on = (part: string, mishap: Mishap) => {
  clinic.proxy.mishap = (path) => (path.includes(part) ? mishap : undefined);
};
const unchanged = async () => {
  expect(await clinic.listed()).toEqual(before);
  expect((await clinic.portal.query('select from intake.staged_booking')).rowCount).toBe(0);
};
const heals = async () => {
  clinic.proxy.mishap = () => undefined;
  expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { updated: 11 } });
  expect(await clinic.listed()).toEqual(await clinic.permitted());
};

/** Whoever asks for bookings otherwise than by an export gets nothing either. */
const noPagesEither = () => {
  const { mishap } = clinic.proxy;
  clinic.proxy.mishap = (path, method) =>
    path.startsWith('/fhir/Appointment?practitioner') ? { status: 404 } : mishap(path, method);
};
/** Nothing of the export was used: each schedule was read by its pages, or, where that fails too, nothing at all. */
const isReadByPages = async (key: string) => {
  const { mishap } = clinic.proxy;
  noPagesEither();
  expect(await clinic.sync('full')).toMatchObject({ state: 'failed', totals: { insteadOf: { key } } });
  await unchanged();
  clinic.proxy.mishap = mishap;
  expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { updated: 11, insteadOf: { key } } });
  expect(await clinic.listed()).toEqual(await clinic.permitted());
};

describe('a file that breaks off', () => {
  test.each([
    ['with the connection', { cutAfterBytes: 5000 }],
    ['politely in the middle of a line', { cutAfterBytes: 5000, politely: true }],
    ['before its first byte', { cutAfterBytes: 1 }],
  ])('%s is not used at all', async (_how, mishap) => {
    on('Appointment.ndjson', mishap);
    await isReadByPages('sync.emr.truncated');
  });

  test('at a line end, as if it were whole, is noticed by the count that the server announced', async () => {
    on('Appointment.ndjson', { rewrite: (text) => text.split('\n').slice(0, 70).join('\n').concat('\n') });
    await isReadByPages('sync.emr.truncated');
  });
});

describe('the token', () => {
  test('a wrong client secret is named, and the EMR is not stormed', async () => {
    await clinic.select(['abel', 'baker', 'cho'], { clientSecret: 'not the secret at all' });
    clinic.proxy.seen.length = 0;
    expect(await clinic.sync('full')).toMatchObject({ state: 'failed', problem: { key: 'sync.emr.token-refused' } });
    expect(clinic.proxy.seen.length).toBeLessThanOrEqual(2);
    await unchanged();
  });

  test('401 to a fresh token ends the run after one renewal', async () => {
    clinic.proxy.mishap = (path) => (path.startsWith('/fhir/$') ? { status: 401 } : undefined);
    clinic.proxy.seen.length = 0;
    expect(await clinic.sync('full')).toMatchObject({
      state: 'failed',
      problem: { key: 'sync.emr.token-not-accepted' },
    });
    expect(clinic.proxy.seen.filter((path) => path.startsWith('/oauth')).length).toBe(2);
    expect(clinic.proxy.seen.filter((path) => path.startsWith('/fhir/$')).length).toBe(2);
    await unchanged();
    await heals();
  });

  test('one that expires in the middle is renewed and the run goes on', async () => {
    let refused = 0;
    clinic.proxy.mishap = (path) => {
      if (!path.includes('Appointment.ndjson') || refused > 0) return undefined;
      refused += 1;
      return { status: 401 };
    };
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { updated: 11 } });
    expect(refused).toBe(1);
    expect(await clinic.listed()).toEqual(await clinic.permitted());
  });
});

describe('an EMR that fails', () => {
  test('500 on everything is tried a few times and then said', async () => {
    clinic.proxy.mishap = () => ({ status: 500, body: '<html>oops</html>' });
    expect(await clinic.sync('full')).toMatchObject({
      state: 'failed',
      problem: { key: 'sync.emr.server-error', params: { status: 500 } },
    });
    await unchanged();
    await heals();
  });

  test('503 and 429 that pass are waited for as long as the EMR asks, and not longer', async () => {
    let left = 3;
    clinic.proxy.mishap = (path) => {
      if (!path.includes('permission-coverage') || left === 0) return undefined;
      left -= 1;
      return { status: left === 1 ? 429 : 503, headers: { 'retry-after': '0' } };
    };
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete' });
    expect(left).toBe(0);
  });

  test('one that cannot be reached is named by its address', async () => {
    await clinic.proxy.close();
    expect(await clinic.sync('full')).toMatchObject({
      state: 'failed',
      problem: { key: 'sync.emr.unreachable', params: { host: new URL(clinic.proxy.url).host } },
    });
    await unchanged();
    await clinic.proxy.open();
    await heals();
  });

  test('404 on everything, 403 on everything and an empty answer to everything remove nothing', async () => {
    for (const [status, key] of [
      [404, 'sync.emr.unexpected'],
      [403, 'sync.emr.forbidden'],
    ] as const) {
      clinic.proxy.mishap = (path) => (path.startsWith('/fhir/$export') ? { status } : undefined);
      noPagesEither();
      expect(await clinic.sync('full')).toMatchObject({ state: 'failed', totals: { insteadOf: { key } } });
      await unchanged();
    }
    // Empty, and not as many as the server counted.
    clinic.proxy.mishap = (path) =>
      path.includes('Appointment.ndjson')
        ? { status: 200, headers: { 'content-type': 'application/fhir+ndjson' } }
        : undefined;
    await isReadByPages('sync.emr.truncated');
  });

  test('an index that hides 30 % of what there is stops at the guard', async () => {
    clinic.proxy.mishap = (path) =>
      path.includes('/metadata') ? { rewrite: (text) => text.replace('"export"', '"other"') } : hide(path);
    const hide = (path: string): Mishap | undefined =>
      path.startsWith('/fhir/Appointment?')
        ? {
            rewrite: (text) => {
              const bundle = JSON.parse(text);
              bundle.entry = (bundle.entry ?? []).filter(
                (entry: { resource: { id: string } }) => !/[789]$/.test(entry.resource.id),
              );
              return JSON.stringify(bundle);
            },
          }
        : undefined;
    expect(await clinic.sync('full')).toMatchObject({ state: 'waiting-for-decision', totals: { unconfirmed: 0 } });
    expect((await clinic.listed()).length).toBe(120);
  });

  test('what is no JSON, and a server that is no FHIR server, are said', async () => {
    on('permission-coverage', { rewrite: () => '<html>sign in to the hotel</html>' });
    expect(await clinic.sync('full')).toMatchObject({ state: 'failed', problem: { key: 'sync.emr.not-fhir' } });
    on('permission-coverage', { status: 404 });
    expect(await clinic.sync('full')).toMatchObject({ state: 'failed', problem: { key: 'sync.emr.no-coverage' } });
    // It had said what we may see: that it has no word of it any more is no reason to believe what it lists.
    on('/metadata', { rewrite: (text) => text.replace('"permission-coverage"', '"another"') });
    expect(await clinic.sync('full')).toMatchObject({ state: 'failed', problem: { key: 'sync.emr.no-coverage' } });
    await unchanged();
  });

  test('the token follows no link to another server', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    let visits = 0;
    other.on('connection', (socket) => {
      visits += 1;
      socket.destroy();
    });
    const { port } = other.address() as { port: number };
    clinic.proxy.mishap = (path) =>
      /\$export\/[^/]+$/.test(path)
        ? { rewrite: (text) => text.replaceAll(clinic.proxy.url, `http://127.0.0.1:${port}`) }
        : undefined;
    await isReadByPages('sync.emr.elsewhere');
    expect(visits).toBe(0);
    other.close();
  });
});

describe('what cannot be used', () => {
  test('one broken resource is counted and named, the rest is taken, and its booking is not taken for gone', async () => {
    on('Appointment.ndjson', {
      rewrite: (text) => text.replace(/("id":"shore-cho-7".*?"start":")[^"]*/, '$1next Tuesday'),
    });
    const run = await clinic.sync('full');
    expect(run).toMatchObject({
      state: 'complete-with-gaps',
      totals: { unusable: 1, updated: 11, unconfirmed: 0 },
      problem: { key: 'sync.unusable', params: { count: 1, ids: 'shore-cho-7' } },
    });
    expect(await clinic.stateOf('shore-cho-7')).toBe('present');
  });
});

describe('permissions that change beneath a run', () => {
  test('once: it reads again and ends complete', async () => {
    let changed = false;
    clinic.proxy.mishap = async (path) => {
      if (path.includes('Appointment.ndjson') && !changed) {
        changed = true;
        await clinic.grant(['hill', 'cho'], 0);
      }
      return undefined;
    };
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete-with-gaps',
      problem: null,
      totals: { visibilityLost: 30 },
    });
    expect(await clinic.listed()).toEqual(await clinic.permitted());
  });

  test('again and again: nothing is removed, what is not held is hidden, and the run says why', async () => {
    clinic.proxy.mishap = async (path) => {
      if (path.includes('Appointment.ndjson')) await clinic.grant(['hill', 'cho'], 32);
      return undefined;
    };
    await clinic.emr.query(`delete from appointment where appointment_id like 'shore-baker-1%'`);
    expect(await clinic.sync('full')).toMatchObject({
      state: 'complete-with-gaps',
      problem: { key: 'sync.permissions-moving' },
      totals: { visibilityLost: 30, unconfirmed: 0 },
    });
    expect(await clinic.countStates()).toEqual({ present: 90, 'visibility-lost': 30 });
  });

  test('settings saved meanwhile are the ones that are applied', async () => {
    let saved = false;
    clinic.proxy.mishap = async (path) => {
      if (path.includes('Appointment.ndjson') && !saved) {
        saved = true;
        await clinic.select(['abel', 'cho']);
      }
      return undefined;
    };
    await clinic.sync('full');
    expect(await clinic.listed()).toEqual(await clinic.permitted());
    expect((await clinic.listed()).some((one) => one.provider === 'baker')).toBe(false);
  });
});

test('the EMR of another clinic behind the same address changes nothing, by a run of any kind, until a person says that it is meant', async () => {
  const another = (text: string) => text.replace(`"valueString":"${tenantId}"`, '"valueString":"1043"');
  let answered = 0;
  clinic.proxy.mishap = (path) => {
    if (!path.includes('permission-coverage')) return undefined;
    answered += 1;
    return { rewrite: another };
  };
  for (const mode of ['recent', 'full'] as const) {
    expect(await clinic.sync(mode)).toMatchObject({
      state: 'failed',
      problem: { key: 'sync.emr.another-tenant', params: { before: String(tenantId) } },
    });
    await unchanged();
  }
  expect(answered).toBe(2);
  // As it saves the settings, with the secret.
  await clinic.select(['abel', 'baker', 'cho']);
  expect(await clinic.sync('full')).toMatchObject({ state: 'complete' });
  clinic.proxy.mishap = () => undefined;
  expect(await clinic.sync('full')).toMatchObject({ problem: { key: 'sync.emr.another-tenant' } });
});

describe('an EMR that cannot export', () => {
  test('is read by pages, with the same result', async () => {
    on('/metadata', { rewrite: (text) => text.replace('"export"', '"other"') });
    await clinic.emr.query(
      `insert into appointment (tenant_id, appointment_id, office_id, provider_id, patient_id, status, start_at, end_at)
       select ${tenantId}, 'same-' || n, 'hill', 'abel', 'patient-1', 'booked', date_trunc('hour', now()) + interval '30 hours',
              date_trunc('hour', now()) + interval '31 hours' from generate_series(1, 1500) n`,
    );
    expect(await clinic.sync('full')).toMatchObject({ state: 'complete', totals: { created: 1500 } });
    expect(clinic.proxy.seen.some((path) => path.includes('_cursor'))).toBe(true);
    expect(await clinic.listed()).toEqual(await clinic.permitted());
  });
});
