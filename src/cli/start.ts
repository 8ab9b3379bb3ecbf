import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format } from '../language/messages.ts';
import { checkPorts, type OpenInstallation, openInstallation, startServices } from '../main.ts';
import { problem } from '../platform/problem.ts';
import { type ServiceName, serviceNames } from '../services.ts';
import type { CommandLine } from './command-line.ts';

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

export async function start({ config, language, log, say, values }: CommandLine): Promise<void> {
  const began = performance.now();
  const names = servicesOf(values.services);
  const whole = names.length === serviceNames.length;
  await checkPorts(config, names);
  if (names.some((name) => name !== 'worker')) await ensureScreens(say, format(language, 'cli.no-web'));

  let stop = () => {};
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const installation = await openInstallation({
    config,
    log,
    asGuest: !whole,
    onDatabaseLost: () => {
      say(format(language, 'cli.lost'));
      process.exitCode = 1;
      stop();
    },
  });
  // From here on Ctrl-C closes what has been opened, in the reverse order; a second one ends at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop());
  try {
    const running = await startServices(installation, names);
    try {
      if (whole) await welcome(installation, { language, say, demo: values['no-demo'] !== true });
      say(format(language, 'cli.ready', { seconds: ((performance.now() - began) / 1000).toFixed(1) }));
      await stopped;
      say(format(language, 'cli.stopping'));
    } finally {
      await running.close();
    }
  } finally {
    await installation.close();
  }
  say(format(language, 'cli.stopped'));
}

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
  if (status !== 0) throw new Error('The screens could not be built; run `npm ci` and start again.');
}

interface Welcome {
  readonly language: CommandLine['language'];
  readonly say: CommandLine['say'];
  readonly demo: boolean;
}

/** On the first run the demo clinic is made, by the use cases that the screens call; then the addresses and where to begin. */
async function welcome(installation: OpenInstallation, { language, say, demo }: Welcome): Promise<void> {
  const { prepareDemo, isSetUp } = await import('../demo/prepare-demo.ts');
  const before = await isSetUp(installation);
  if (demo && !before) say(format(language, 'cli.first-run'));
  const told = demo ? await prepareDemo(installation) : undefined;
  const { urls } = installation.config;
  for (const [app, url] of [
    ['EMR          ', urls.emr],
    ['Cloud Connect', urls.connect],
    ['Portal       ', urls.portal],
  ] as const) {
    say(format(language, 'cli.address', { app, url }));
  }
  if (!told) {
    if (!before) say(format(language, 'cli.set-up'));
    return;
  }
  say(format(language, 'cli.sign-ins'));
  for (const one of told.signIns) say(format(language, 'cli.sign-in', { ...one }));
  say(format(language, 'cli.begin', { provider: told.missingProvider, integrationUser: told.integrationUser }));
}
