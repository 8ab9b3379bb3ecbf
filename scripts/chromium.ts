// The browser tests need a Chromium. This finds one; as root on a Debian it installs one; else it says what to install.
import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

// The same engine without the windows of a browser comes first: tests see the pages alone, and take a quarter less time.
const names = [
  'chromium-headless-shell',
  'chrome-headless-shell',
  'chromium',
  'chromium-browser',
  'google-chrome',
  'google-chrome-stable',
  'chrome',
  'microsoft-edge',
];
/** Of Debian, the first that there is. */
const packages = ['chromium-headless-shell', 'chromium'];
const places = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  '/usr/bin',
  '/usr/local/bin',
  '/snap/bin',
  '/opt/google/chrome',
];
const applications = [
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Absolute path of a Chromium; `CHROMIUM_PATH` decides when it is set. */
export function findChromium(): string | undefined {
  const named = process.env['CHROMIUM_PATH'];
  if (named) return isProgram(named) ? named : undefined;
  const candidates = [
    ...names.flatMap((name) => places.filter(isAbsolute).map((place) => join(place, name))),
    ...applications,
  ];
  return candidates.find(isProgram);
}

function install(): boolean {
  const environment = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const aptGet = (...args: string[]) =>
    spawnSync('apt-get', args, { stdio: ['ignore', 'ignore', 'inherit'], env: environment }).status === 0;
  return aptGet('update', '-qq') && packages.some((name) => aptGet('install', '-y', '-qq', name, 'fonts-liberation'));
}

if (import.meta.main) {
  const before = findChromium();
  const mayInstall = process.getuid?.() === 0 && places.some((place) => isProgram(join(place, 'apt-get')));
  if (!before && !process.env['CHROMIUM_PATH'] && mayInstall) {
    console.log('chromium: none found; installing one with apt-get');
    install();
  }
  const found = findChromium();
  if (found) {
    console.log(`chromium: ${found}`);
  } else {
    console.error(
      'The browser tests need a Chromium: install it (Debian: sudo apt-get install chromium), or set CHROMIUM_PATH to the program of one.',
    );
    process.exit(1);
  }
}
