// An EMR in a process of its own, that another one shares the database with: `node test/proofs/assertion-emr.ts <app url> <import url>
// <public url>`. Says its port.
import type { AddressInfo } from 'node:net';
import { createEmr } from '../../src/emr/index.ts';
import { systemClock } from '../../src/platform/clock.ts';
import { createLog } from '../../src/platform/log.ts';

const [appUrl = '', importUrl = '', publicUrl = ''] = process.argv.slice(2);
const { app } = await createEmr({
  appUrl,
  importUrl,
  publicUrl,
  webDirectory: null,
  clock: systemClock,
  log: createLog({ level: 'error', name: 'assertion-emr' }),
  version: 'proof',
  sealingKey: Buffer.alloc(32, 7),
});
await app.listen({ host: '127.0.0.1', port: 0 });
process.stdout.write(`${(app.server.address() as AddressInfo).port}\n`);
