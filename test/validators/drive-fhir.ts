// Asks an EMR everything that its CapabilityStatement says it can be asked, in each form that an answer may have, and says how often each
// interaction was answered. What the statement has and this does not know how to ask for counts zero, which fails the proof.
import type { FastifyInstance, LightMyRequestResponse } from 'fastify';
import type { FhirResource } from './fhir-answers.ts';

interface Statement {
  readonly rest: readonly [
    {
      readonly interaction: readonly { readonly code: string }[];
      readonly operation: readonly { readonly name: string }[];
      readonly resource: readonly StatedType[];
    },
  ];
}
interface StatedType {
  readonly type: string;
  readonly interaction: readonly { readonly code: string }[];
  readonly operation?: readonly { readonly name: string }[];
  readonly searchInclude?: readonly string[];
  readonly searchRevInclude?: readonly string[];
}
interface Bundle {
  readonly entry?: readonly { readonly resource?: FhirResource; readonly search?: { readonly mode: string } }[];
  readonly link?: readonly { readonly relation: string; readonly url: string }[];
}

export interface Driven {
  readonly app: FastifyInstance;
  /** Of the integration user, whose grants decide what he is shown. */
  readonly token: string;
  /** AuditEvents are for administrators alone. */
  readonly administratorToken: string;
  readonly patientIds: readonly string[];
  /** What is written: a body for each type that can be created, as of this number. */
  readonly bodies: Readonly<Record<string, (n: number) => object>>;
  /** How many resources of a type, and of whom everything, are looked at one by one. */
  readonly singly: number;
  /** A new number at each call. */
  readonly count: () => number;
  /** Puts something into what is saved for Ocean of the first patient. */
  readonly saveForOcean: () => Promise<void>;
}

/** `Type interaction` or the name of an operation → how often it was answered with a resource. */
export type Tally = Map<string, number>;

const isDone = ({ statusCode }: LightMyRequestResponse) => statusCode >= 200 && statusCode < 300;

export async function driveFhir(driven: Driven, tally: Tally): Promise<void> {
  const { app, token, administratorToken, patientIds, bodies, count } = driven;
  const ask = async (
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    url: string,
    payload?: object | string,
    headers: Record<string, string> = {},
  ): Promise<LightMyRequestResponse> =>
    app.inject({
      method,
      url: url.replace(/^https?:\/\/[^/]+/, '').replace(/^(?!\/)/, '/fhir/'),
      headers: {
        authorization: `Bearer ${url.includes('AuditEvent') ? administratorToken : token}`,
        ...(payload === undefined ? {} : { 'content-type': 'application/fhir+json' }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
  const counted = (what: string, answer: LightMyRequestResponse): LightMyRequestResponse => {
    // Of these nothing is told but the address.
    const isWithout =
      ['Binary create', 'Communication create'].includes(what) && answer.headers['location'] !== undefined;
    const isFhir = /fhir\+(nd)?json/.test(String(answer.headers['content-type']));
    if (isDone(answer) && (isWithout || (isFhir && answer.body !== ''))) tally.set(what, (tally.get(what) ?? 0) + 1);
    return answer;
  };
  const representation = { prefer: 'return=representation' };

  const metadata = counted('metadata', await ask('GET', 'metadata'));
  const [rest] = metadata.json<Statement>().rest;
  for (const what of [
    ...rest.interaction.map(({ code }) => code),
    ...rest.operation.map(({ name }) => name),
    ...rest.resource.flatMap(({ type, interaction, operation = [] }) => [
      ...interaction.map(({ code }) => `${type} ${code}`),
      ...operation.map(({ name }) => `${type} ${name}`),
    ]),
  ])
    tally.set(what, tally.get(what) ?? 0);

  const write = async ({ type, interaction }: StatedType): Promise<void> => {
    const has = (code: string) => interaction.some((one) => one.code === code);
    const body = bodies[type];
    if (!body || !has('create')) return;
    for (const prefer of ['representation', 'OperationOutcome', 'minimal']) {
      const made = counted(`${type} create`, await ask('POST', type, body(count()), { prefer: `return=${prefer}` }));
      const id = /\/([^/]+)(?:\/_history\/\d+)?$/.exec(String(made.headers['location'] ?? ''))?.[1];
      if (!id || !has('update')) continue;
      const again = { ...body(count()), id };
      counted(`${type} update`, await ask('PUT', `${type}/${id}`, again, { prefer: `return=${prefer}` }));
      await ask('PUT', `${type}/${id}`, again, { 'if-match': 'W/"99"' });
      const patch = has('patch')
        ? await ask('PATCH', `${type}/${id}`, patchOf(type), {
            'content-type': 'application/json-patch+json',
            prefer: `return=${prefer}`,
          })
        : undefined;
      if (patch) counted(`${type} patch`, patch);
      await ask('PATCH', `${type}/${id}`, [{ op: 'remove', path: '/nothing' }], {
        'content-type': 'application/json-patch+json',
      });
      if (has('delete') && prefer !== 'minimal') {
        counted(
          `${type} delete`,
          await ask('DELETE', `${type}/${id}`, undefined, { prefer: 'return=OperationOutcome' }),
        );
        await ask('GET', `${type}/${id}`);
      }
    }
  };
  // Before everything is read, so that of each there is one.
  for (const stated of rest.resource) await write(stated);

  const idsOf = new Map<string, string[]>();
  for (const { type, interaction, searchInclude = [], searchRevInclude = [] } of rest.resource) {
    const has = (code: string) => interaction.some((one) => one.code === code);
    const search = async (query: string): Promise<FhirResource[]> => {
      const answer = await ask('GET', `${type}${query}`);
      const found = isDone(answer)
        ? (answer.json<Bundle>().entry ?? []).filter(({ search }) => search?.mode !== 'outcome')
        : [];
      if (found.length > 0) counted(`${type} search-type`, answer);
      return found.flatMap(({ resource }) => (resource ? [resource] : []));
    };
    const all = await search('');
    const ids = all.filter(({ resourceType }) => resourceType === type).map(({ id }) => String(id));
    idsOf.set(type, ids);
    const isStored = !['Slot', 'AuditEvent', 'ValueSet'].includes(type);
    if (isStored) {
      for (const query of [
        '_total=accurate',
        '_summary=count',
        '_summary=true',
        '_summary=text',
        '_summary=data',
        '_sort=-_id&_count=1',
        '_id=none',
        ...searchInclude.map((name) => `_include=${name}`),
        ...searchRevInclude.map((name) => `_revinclude=${name}`),
        ...(all[0] ? Object.keys(all[0]).map((element) => `_elements=${element}`) : []),
      ])
        await search(`?${query}`);
      // The second page, too.
      const first = (await ask('GET', `${type}?_count=1`)).json<Bundle>();
      const next = first.link?.find(({ relation }) => relation === 'next')?.url;
      if (next) await ask('GET', next);
    }
    await ask('POST', `${type}/_search`, '_count=2', { 'content-type': 'application/x-www-form-urlencoded' });
    for (const id of ids.slice(0, driven.singly)) {
      counted(`${type} read`, await ask('GET', `${type}/${id}`, undefined, { accept: 'application/fhir+json' }));
      if (has('history-instance')) {
        counted(`${type} history-instance`, await ask('GET', `${type}/${id}/_history`));
        counted(`${type} vread`, await ask('GET', `${type}/${id}/_history/1`));
      }
    }
    if (has('history-type')) {
      counted(`${type} history-type`, await ask('GET', `${type}/_history?_count=3`));
      counted(`${type} history-type`, await ask('GET', `${type}/_history?_since=2020-01-01`));
    }
    // What is refused is a resource, too.
    await ask('GET', `${type}?colour=red`);
    await ask('GET', `${type}/never`);
    await ask('DELETE', `${type}/never`);
    await ask('POST', type, { resourceType: type });
  }

  for (const id of patientIds.slice(0, driven.singly)) {
    counted('Patient everything', await ask('GET', `Patient/${id}/$everything`));
    await ask('GET', `Patient/${id}/$everything?_type=Appointment&_since=2020-01-01`);
  }
  await driven.saveForOcean();
  for (const id of patientIds.slice(0, 1))
    counted('Patient saved-for-ocean', await ask('POST', `Patient/${id}/$saved-for-ocean`, {}));
  counted('ValueSet expand', await ask('GET', `ValueSet/${idsOf.get('ValueSet')?.[0] ?? 'none'}/$expand`));
  counted('permission-coverage', await ask('GET', '$permission-coverage'));
  const cuts = ['2000-01-01T00:00:00Z', '2100-01-01T00:00:00Z', '2101-01-01T00:00:00Z'];
  for (const [from, to] of [cuts, cuts.slice(1)])
    counted('Appointment digest', await ask('GET', `Appointment/$digest?salt=a-salt-of-validators&cut=${from},${to}`));

  for (const prefer of ['return=representation', 'return=OperationOutcome', 'return=minimal']) {
    const reads = [...idsOf].flatMap(([type, ids]) =>
      [type, ...ids.slice(0, 1).map((id) => `${type}/${id}`), `${type}/never`].map((url) => ({
        request: { method: 'GET', url },
      })),
    );
    const writes = () =>
      ['Appointment', 'Patient'].map((type) => ({
        resource: bodies[type]!(count()),
        request: { method: 'POST', url: type },
      }));
    const bundle = (type: string, entry: object[]) => ({ resourceType: 'Bundle', type, entry });
    counted('batch', await ask('POST', '/fhir', bundle('batch', [...reads.slice(0, 90), ...writes()]), { prefer }));
    counted('transaction', await ask('POST', '/fhir', bundle('transaction', writes()), { prefer }));
    await ask(
      'POST',
      '/fhir',
      bundle('transaction', [{ request: { method: 'GET', url: 'Patient/never' } }]),
      representation,
    );
    await ask('POST', '/fhir', bundle('message', []));
  }

  const started = await ask('GET', '$export?_since=2020-01-01', undefined, { prefer: 'respond-async' });
  const manifest = await ask('GET', String(started.headers['content-location']));
  const { output = [], error = [], deleted = [] } = manifest.json<Record<string, { url: string }[]>>();
  for (const { url } of [...output, ...error, ...deleted]) counted('export', await ask('GET', url));
  await ask('GET', '$export?_type=Nothing');

  // Without a token, and with one that is none.
  for (const authorization of ['', 'Bearer none']) await ask('GET', 'Patient', undefined, { authorization });
}

const patchOf = (type: string): object[] =>
  type === 'Appointment'
    ? [{ op: 'replace', path: '/status', value: 'arrived' }]
    : type === 'Patient'
      ? [{ op: 'replace', path: '/gender', value: 'other' }]
      : type === 'Subscription'
        ? [{ op: 'replace', path: '/reason', value: 'patched' }]
        : [{ op: 'test', path: '/resourceType', value: type }];
