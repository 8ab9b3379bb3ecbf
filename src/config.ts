// Every setting once: its schema, its default and a line about it. The only reader of the environment.
import { isIP } from 'node:net';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { isMailAddress } from './platform/mail/address.ts';

const mailAddress = z.string().refine(isMailAddress, 'not an e-mail address');
const port = z.coerce.number().int().min(1).max(65_535);
const databaseUrl = z.url({ protocol: /^postgres(ql)?$/ });
const smtpUrl = z.url({ protocol: /^smtps?$/ });
const publicUrl = z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, ''));

/** Addresses, or networks as address/bits, with commas between them. */
const proxies = z
  .string()
  .transform((text) => text.split(',').map((one) => one.trim()))
  .refine((all) => all.every(isAddressOrNetwork), 'not addresses or networks with commas between them');

function isAddressOrNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  const version = isIP(address);
  if (version === 0 || more.length > 0) return false;
  return (
    bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) > 0 && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

interface Setting<T> {
  readonly schema: z.ZodType<T>;
  /** As the documentation prints it. */
  readonly otherwise: string;
  readonly line: string;
}
const setting = <T>(schema: z.ZodType<T>, otherwise: string, line: string): Setting<T> => ({ schema, otherwise, line });

export const settings = {
  EMR_PORT: setting(port.default(4100), '4100', 'Port of the EMR.'),
  CONNECT_PORT: setting(port.default(4200), '4200', 'Port of Cloud Connect.'),
  PORTAL_PORT: setting(port.default(4300), '4300', 'Port of the portal.'),
  HOST: setting(z.string().min(1).default('127.0.0.1'), '127.0.0.1', 'Address that the three listen on.'),
  EMR_URL: setting(publicUrl.optional(), 'http://localhost:<EMR_PORT>', 'Where people and clients reach the EMR.'),
  CONNECT_URL: setting(publicUrl.optional(), 'http://localhost:<CONNECT_PORT>', 'Where people reach Cloud Connect.'),
  PORTAL_URL: setting(publicUrl.optional(), 'http://localhost:<PORTAL_PORT>', 'Where people reach the portal.'),
  TRUSTED_PROXIES: setting(
    proxies.optional(),
    'none',
    'Addresses or networks of the reverse proxies in front of the three, with commas: what they forward says whether a request came by https, and from whom.',
  ),
  DATA_DIR: setting(
    z.string().min(1).optional(),
    '.data in the current folder',
    'Where the embedded database and the secrets live.',
  ),
  AUDIT_DIR: setting(
    z.string().min(1).optional(),
    'audit in DATA_DIR',
    'Where the audit log’s signed checkpoints are kept; best where no database administrator can write.',
  ),
  EMR_DATABASE_URL: setting(
    databaseUrl.optional(),
    'the embedded PostgreSQL',
    'A PostgreSQL database for the EMR, as its owner, who may create roles.',
  ),
  PORTAL_DATABASE_URL: setting(
    databaseUrl.optional(),
    'the embedded PostgreSQL',
    'A PostgreSQL database for the portal and Cloud Connect, likewise.',
  ),
  FHIR_REQUESTS_PER_MINUTE: setting(
    z.coerce.number().int().min(0).max(1_000_000).default(6000),
    '6000',
    'How many FHIR requests a client may make in a minute; 0: any number. More are answered 429 with Retry-After.',
  ),
  LINK_REQUESTS_PER_MINUTE: setting(
    z.coerce.number().int().min(0).max(1_000_000).default(60),
    '60',
    'How many requests for patients’ links one address may make in a minute; 0: any number. More are answered 429.',
  ),
  SMTP_URL: setting(
    smtpUrl.optional(),
    'the demo’s own mailbox; without the demo no mail leaves',
    'The mail server for mails to patients: smtp://user:password@host:587, or smtps:// for TLS from the first byte.',
  ),
  MAIL_FROM: setting(
    mailAddress.optional(),
    'no-reply@ the host of PORTAL_URL',
    'The address that mails to patients come from; the mail server has to be allowed to send for it.',
  ),
  MAILBOX_PORT: setting(port.default(4400), '4400', 'Port of the page that shows what the demo’s mailbox received.'),
  ANNOUNCE_TO: setting(
    z.enum(['public', 'loopback', 'private']).default('loopback'),
    'loopback',
    'Where clients may have changes announced: public (https on the internet), loopback (and this machine), private (and https in private networks).',
  ),
  TIDEGATE_LANGUAGE: setting(z.enum(['en', 'fr']).default('en'), 'en', 'Language of the command line: en or fr.'),
  LOG_LEVEL: setting(
    z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('warn'),
    'warn',
    'How much is logged to standard error.',
  ),
} as const;

type SettingName = keyof typeof settings;
type Read = { [N in SettingName]: (typeof settings)[N] extends Setting<infer T> ? T : never };

export interface Config {
  readonly host: string;
  readonly ports: { readonly emr: number; readonly connect: number; readonly portal: number };
  readonly urls: { readonly emr: string; readonly connect: string; readonly portal: string };
  /** Empty: nobody's word is taken for where a request came from. */
  readonly trustedProxies: readonly string[];
  readonly dataDir: string;
  readonly auditDir: string;
  readonly emrDatabaseUrl: string | undefined;
  readonly portalDatabaseUrl: string | undefined;
  readonly fhirRequestsPerMinute: number;
  readonly linkRequestsPerMinute: number;
  /** undefined: no mail leaves. */
  readonly smtpUrl: string | undefined;
  readonly mailFrom: string;
  readonly mailboxPort: number;
  readonly announceTo: 'public' | 'loopback' | 'private';
  readonly language: 'en' | 'fr';
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error' | 'silent';
}

/** Thrown with one line per setting that cannot be used; the value itself is not repeated, since it may hold a password. */
export class UnusableSettings extends Error {}

/** Reads the settings from `environment`. An empty variable counts as not set. */
export function readConfig(environment: Readonly<Record<string, string | undefined>> = process.env): Config {
  const read: Partial<Record<SettingName, unknown>> = {};
  const unusable: string[] = [];
  for (const [name, { schema, line }] of Object.entries(settings) as [SettingName, Setting<unknown>][]) {
    const result = schema.safeParse(environment[name] === '' ? undefined : environment[name]);
    if (result.success) read[name] = result.data;
    else unusable.push(`${name} cannot be used: ${result.error.issues[0]?.message ?? 'not valid'}. ${line}`);
  }
  if (unusable.length > 0) throw new UnusableSettings(unusable.join('\n'));
  const all = read as Read;
  const dataDir = all.DATA_DIR?.startsWith('~/') ? join(homedir(), all.DATA_DIR.slice(2)) : all.DATA_DIR;
  return {
    host: all.HOST,
    ports: { emr: all.EMR_PORT, connect: all.CONNECT_PORT, portal: all.PORTAL_PORT },
    urls: {
      emr: all.EMR_URL ?? `http://localhost:${all.EMR_PORT}`,
      connect: all.CONNECT_URL ?? `http://localhost:${all.CONNECT_PORT}`,
      portal: all.PORTAL_URL ?? `http://localhost:${all.PORTAL_PORT}`,
    },
    trustedProxies: all.TRUSTED_PROXIES ?? [],
    dataDir: resolve(dataDir ?? '.data'),
    auditDir: resolve(all.AUDIT_DIR ?? join(dataDir ?? '.data', 'audit')),
    emrDatabaseUrl: all.EMR_DATABASE_URL,
    portalDatabaseUrl: all.PORTAL_DATABASE_URL,
    smtpUrl: all.SMTP_URL,
    mailboxPort: all.MAILBOX_PORT,
    mailFrom: all.MAIL_FROM ?? defaultSender(all.PORTAL_URL),
    fhirRequestsPerMinute: all.FHIR_REQUESTS_PER_MINUTE,
    linkRequestsPerMinute: all.LINK_REQUESTS_PER_MINUTE,
    announceTo: all.ANNOUNCE_TO,
    language: all.TIDEGATE_LANGUAGE,
    logLevel: all.LOG_LEVEL,
  };
}

/** A host without a dot, or an address of a machine, makes no mail address that servers take: then it is the name that stands for none. */
function defaultSender(portalUrl: string | undefined): string {
  const address = `no-reply@${portalUrl === undefined ? '' : new URL(portalUrl).hostname}`;
  return isMailAddress(address) ? address : 'no-reply@clinic.example';
}
