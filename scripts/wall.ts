// Fails when a file imports what its room may not know. Counts what it read and fails on zero.
import { globSync } from 'node:fs';
import { breachesIn } from '../test/architecture/wall.ts';

const root = process.argv[2] ?? process.cwd();
const files = globSync('src/**/*.{ts,tsx}', { cwd: root }).map((file) => file.replaceAll('\\', '/'));
const breaches = files.flatMap((file) => breachesIn(root, file));
for (const breach of breaches) console.error(`${breach.file} imports ${breach.imports}: ${breach.why}`);
console.log(`wall: ${files.length} files read, ${breaches.length} breaches`);
if (files.length === 0 || breaches.length > 0) process.exit(1);
