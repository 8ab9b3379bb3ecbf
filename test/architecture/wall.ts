// Who may know whom. The table below is the rule; ARCHITECTURE.md prints it and a test holds the two together.
// A room is a folder; the longest matching prefix decides. `own` always includes the room itself.
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, normalize, relative, sep } from 'node:path';
import { parseSync } from 'oxc-parser';

export interface Room {
  /** Folders (or single files: the door) of ours that this room may import. */
  readonly knows: readonly string[];
  /** npm packages it may import, at run time or as a type. `node:` means Node's own modules. */
  readonly packages: readonly string[];
}

const webPackages = [
  'react',
  'react-dom',
  '@mantine/core',
  '@mantine/hooks',
  '@tanstack/react-query',
  '@tanstack/react-router',
  '@tanstack/react-virtual',
  '@tabler/icons-react',
];

export const rooms: Readonly<Record<string, Room>> = {
  'src/language': { knows: [], packages: ['intl-messageformat'] },
  'src/fhir': { knows: [], packages: [] },
  'src/platform': {
    knows: ['src/language'],
    packages: [
      'node:',
      'pg',
      'pg-copy-streams',
      'fastify',
      '@fastify/cookie',
      '@fastify/static',
      'zod',
      'pino',
      '@node-rs/argon2',
      'moment-timezone',
      'otpauth',
      'nodemailer',
      'undici',
    ],
  },
  'src/ui': { knows: ['src/language'], packages: [...webPackages, '@fontsource-variable/inter', 'qrcode.react'] },
  'src/emr/contract': { knows: ['src/fhir'], packages: ['zod'] },
  'src/emr': {
    knows: ['src/fhir', 'src/platform', 'src/language'],
    packages: [
      'node:',
      'pg',
      'pg-copy-streams',
      'fastify',
      '@fastify/cookie',
      '@fastify/static',
      'zod',
      'oidc-provider',
      'jose',
      'rfc6902',
      '@fastify/rate-limit',
      'undici',
    ],
  },
  'src/emr/web': { knows: ['src/emr/contract', 'src/ui', 'src/language', 'src/fhir'], packages: webPackages },
  'src/portal/contract': { knows: ['src/fhir'], packages: ['zod'] },
  'src/portal': {
    knows: ['src/fhir', 'src/platform', 'src/language'],
    packages: [
      'node:',
      'pg',
      'pg-copy-streams',
      'fastify',
      '@fastify/cookie',
      '@fastify/static',
      '@fastify/rate-limit',
      '@fastify/multipart',
      'zod',
      'ical-generator',
    ],
  },
  'src/portal/web': { knows: ['src/portal/contract', 'src/ui', 'src/language', 'src/fhir'], packages: webPackages },
  'src/connect/contract': { knows: ['src/fhir'], packages: ['zod'] },
  'src/connect': {
    knows: ['src/fhir', 'src/platform', 'src/language', 'src/portal/index.ts'],
    packages: [
      'node:',
      'pg',
      'pg-copy-streams',
      'fastify',
      '@fastify/cookie',
      '@fastify/static',
      'zod',
      'undici',
      'jose',
    ],
  },
  'src/connect/web': { knows: ['src/connect/contract', 'src/ui', 'src/language', 'src/fhir'], packages: webPackages },
  'src/demo': {
    knows: [
      'src/platform',
      'src/fhir',
      'src/language',
      'src/emr/index.ts',
      'src/portal/index.ts',
      'src/connect/index.ts',
    ],
    packages: ['node:', 'smtp-server', 'mailparser'],
  },
  'src/cli': {
    knows: [
      'src/main.ts',
      'src/services.ts',
      'src/config.ts',
      'src/demo',
      'src/platform',
      'src/language',
      'src/emr/index.ts',
      'src/portal/index.ts',
      'src/connect/index.ts',
    ],
    packages: ['node:', 'zod'],
  },
  'src/config.ts': { knows: ['src/platform'], packages: ['node:', 'zod'] },
  'src/services.ts': {
    knows: [
      'src/config.ts',
      'src/platform',
      'src/language',
      'src/emr/index.ts',
      'src/portal/index.ts',
      'src/connect/index.ts',
    ],
    packages: ['node:'],
  },
  'src/main.ts': {
    knows: [
      'src/config.ts',
      'src/services.ts',
      'src/demo',
      'src/platform',
      'src/language',
      'src/emr/index.ts',
      'src/portal/index.ts',
      'src/connect/index.ts',
    ],
    packages: ['node:'],
  },
};

export interface Breach {
  readonly file: string;
  readonly imports: string;
  readonly why: string;
}

const longestRoom = (file: string): string | undefined =>
  Object.keys(rooms)
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .sort((a, b) => b.length - a.length)[0];

/** Module specifiers that a source file names: static, re-exported and dynamic with a literal. */
export function importsOf(file: string, source: string): string[] {
  const { module, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
  const found = module.staticImports.map((one) => one.moduleRequest.value);
  for (const one of module.staticExports) {
    for (const entry of one.entries) if (entry.moduleRequest) found.push(entry.moduleRequest.value);
  }
  for (const one of module.dynamicImports) {
    found.push(source.slice(one.moduleRequest.start, one.moduleRequest.end).replace(/^['"`]|['"`]$/g, ''));
  }
  return found;
}

/** Checks one file, `file` relative to the root of the tree with forward slashes. */
export function breachesIn(root: string, file: string): Breach[] {
  const room = longestRoom(file);
  if (!room) return [{ file, imports: '', why: 'stands in no room' }];
  const rule = rooms[room]!;
  const isTest = /\.test\.tsx?$/.test(file);
  const breaches: Breach[] = [];
  for (const specifier of importsOf(file, readFileSync(join(root, file), 'utf8'))) {
    if (specifier.startsWith('.')) {
      const target = relative(root, normalize(join(root, dirname(file), specifier)))
        .split(sep)
        .join('/');
      const inOwnRoom = longestRoom(target) === room;
      const known = rule.knows.some((known) => target === known || target.startsWith(`${known}/`));
      // A room always knows its own contract.
      const ownContract = target.startsWith(`${room}/contract/`);
      if (!inOwnRoom && !known && !ownContract)
        breaches.push({ file, imports: target, why: `${room} may not know it` });
    } else if (isBuiltin(specifier) || specifier.startsWith('node:')) {
      if (!rule.packages.includes('node:') && !isTest)
        breaches.push({ file, imports: specifier, why: `${room} does no I/O` });
    } else {
      const name = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
      const testOnly = isTest && ['vitest', 'fast-check', 'pg'].includes(name);
      if (!rule.packages.includes(name) && !testOnly)
        breaches.push({ file, imports: name, why: `${room} does not list the package` });
    }
  }
  return breaches;
}
