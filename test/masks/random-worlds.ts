// Worlds in which every pair has grants of its own, by a seed.
import { offices, pairs } from '../../src/emr/fhir/test-clinic.ts';
import { columnsIn } from '../../src/fhir/columns.ts';
import type { Masked } from './mask-worlds.ts';

/** About half of everything is open. */
export function randomWorld(random: () => number): Masked {
  const memberOf = offices.filter(() => random() < 0.85);
  const rows = pairs.map((pair) => {
    const draw = random();
    const columns = draw < 0.1 ? 0 : draw < 0.2 ? 63 : Math.floor(random() * 64) | (random() < 0.8 ? 32 : 0);
    return { pair, columns, lapsed: random() < 0.12 };
  });
  const grants = rows.map(({ pair: [office, provider], columns, lapsed }) => ({
    office,
    provider,
    columns: columnsIn(columns),
    lapsed,
  }));
  const told = rows.map(({ pair, columns, lapsed }) => `${pair.join('/')} ${columns}${lapsed ? ' lapsed' : ''}`);
  return { name: `member of ${memberOf.join() || 'none'}; ${told.join(', ')}`, memberOf, rows, grants };
}
