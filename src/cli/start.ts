import { existsSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DemoMail } from '../demo/demo-mail.ts';
import { format } from '../language/messages.ts';
import { checkPorts, type OpenInstallation, openInstallation, startServices } from '../main.ts';
import { problem } from '../platform/problem.ts';
import { type ServiceName, serviceNames } from '../services.ts';
import type { Command, CommandLine } from './command-line.ts';
import { tellDemoCodes } from './demo-codes.ts';
import { stopSignal } from './stop-signal.ts';

/** Services of `--services`, in the order in which they are started. */
function servicesOf(named: string | undefined): ServiceName[] {
  if (named === undefined) return serviceNames;
  const wanted = named.split(',').map((name) => name.trim());
  for (const name of wanted) {
    if (!(serviceNames as string[]).includes(name)) {
      throw problem('invalid', 'cli.unknown-service', { name, names: serviceNames.join(', ') });
    }
  }
  return serviceNames.filter((name) => wanted.includes(name));
}

export const start: Command = async ({ config, language, log, print, say, values }) => {
  const began = performance.now();
  const names = servicesOf(values.services);
  const whole = names.length === serviceNames.length;
  await checkPorts(config, names);
  if (names.some((name) => name !== 'worker')) await ensureScreens(say, format(language, 'cli.no-web'));

  let making = false;
  const stop = stopSignal({
    onFirst: () => print(format(language, making ? 'cli.stopping-after-demo' : 'cli.stopping')),
    onSecond: () => say(format(language, 'cli.stopped-at-once')),
  });
  const stopped = new Promise<void>((resolve) => stop.signal.addEventListener('abort', () => resolve()));
  const onDatabaseLost = () => {
    say(format(language, 'cli.lost'));
    process.exitCode = 1;
    stop.abort();
  };
  try {
    const installation = await openInstallation({ config, log, asGuest: !whole, onDatabaseLost });
    try {
      if (stop.signal.aborted) return;
      const lies = installation.databaseDirectory;
      if (lies && dirname(lies) !== realpathSync(config.dataDir)) {
        print(format(language, 'cli.elsewhere', { lies, directory: config.dataDir }));
      }
      const running = await startServices(installation, names);
      let mailbox: DemoMail | undefined;
      try {
        if (whole && !stop.signal.aborted) {
          const demo = values['no-demo'] !== true;
          // A demo that is begun is made to its end: half of one would be of no use to the next start.
          const isDemo = await welcome(installation, { language, print, demo, making: (now) => (making = now) });
          if (isDemo) {
            if (config.smtpUrl === undefined) mailbox = await openMailbox(installation, { language, print });
            tellCodesAtEnter(stop.signal, { language, print });
          }
        } else printAddresses(installation, names, { language, print });
        if (stop.signal.aborted) return;
        print(format(language, 'cli.ready', { seconds: ((performance.now() - began) / 1000).toFixed(1) }));
        await stopped;
      } finally {
        await mailbox?.close();
        await running.close();
      }
    } finally {
      await installation.close();
    }
  } catch (error) {
    // Ctrl-C reaches the whole group of a terminal, initdb among it; what then fails was stopped and is no fault.
    if (!stop.signal.aborted || process.exitCode) throw error;
    log.info({ err: error }, 'stopped while starting');
  } finally {
    if (stop.signal.aborted) print(format(language, 'cli.stopped'));
  }
};

/** The build is made at install; a checkout without it builds once, here. */
async function ensureScreens(say: (text: string) => void, sentence: string): Promise<void> {
  const built = (app: string) =>
    existsSync(fileURLToPath(new URL(`../../dist/web/${app}/index.html`, import.meta.url)));
  if (['emr', 'connect', 'portal'].every(built)) return;
  say(sentence);
  const { spawnSync } = await import('node:child_process');
  const { status } = spawnSync(process.execPath, [fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) throw problem('unavailable', 'cli.no-web-build');
}

interface Telling {
  readonly language: CommandLine['language'];
  readonly print: CommandLine['print'];
}

const appNames = { emr: 'EMR', connect: 'Cloud Connect', portal: 'Portal' } as const;

function printAddresses(installation: OpenInstallation, names: readonly ServiceName[], { language, print }: Telling) {
  for (const name of ['emr', 'connect', 'portal'] as const) {
    if (!names.includes(name)) continue;
    print(format(language, 'cli.address', { app: appNames[name].padEnd(13), url: installation.config.urls[name] }));
  }
}

interface Welcome extends Telling {
  readonly demo: boolean;
  readonly making: (now: boolean) => void;
}

/** On the first run the demo clinic is made, by the use cases that the screens call; then the addresses and where to begin. True: it is the demo's. */
async function welcome(installation: OpenInstallation, { language, print, demo, making }: Welcome): Promise<boolean> {
  const { prepareDemo, isSetUp } = await import('../demo/prepare-demo.ts');
  const before = await isSetUp(installation);
  if (demo && !before) print(format(language, 'cli.first-run'));
  making(demo && !before);
  const told = demo ? await prepareDemo(installation) : undefined;
  making(false);
  printAddresses(installation, serviceNames, { language, print });
  if (!told) {
    if (!before) print(format(language, 'cli.set-up'));
    return false;
  }
  const width = Math.max(...told.signIns.map(({ username }) => username.length));
  print(format(language, 'cli.sign-ins'));
  for (const one of told.signIns) {
    print(format(language, 'cli.sign-in', { ...one, username: one.username.padEnd(width) }));
  }
  print(format(language, 'cli.demo-codes'));
  tellDemoCodes({ language, print });
  print(format(language, process.stdin.isTTY ? 'cli.demo-codes-enter' : 'cli.demo-codes-command'));
  print(format(language, 'cli.begin', { provider: told.missingProvider, integrationUser: told.integrationUser }));
  return true;
}

/** The demo's mails go to a mailbox of its own. */
async function openMailbox(installation: OpenInstallation, { language, print }: Telling): Promise<DemoMail> {
  const { startDemoMail } = await import('../demo/demo-mail.ts');
  try {
    const mailbox = await startDemoMail(installation);
    print(format(language, 'cli.mailbox', { url: mailbox.url }));
    return mailbox;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
    const { config } = installation;
    throw problem('unavailable', 'cli.taken-port', {
      port: String(config.mailboxPort),
      service: 'mailbox',
      setting: 'MAILBOX_PORT',
    });
  }
}

/** In a terminal Enter tells the codes of the moment, until `signal` says that it is over. */
function tellCodesAtEnter(signal: AbortSignal, telling: Telling): void {
  if (!process.stdin.isTTY) return;
  const tell = () => tellDemoCodes(telling);
  process.stdin.on('data', tell);
  signal.addEventListener('abort', () => process.stdin.off('data', tell).pause());
}
