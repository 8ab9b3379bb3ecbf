import { expect, it } from 'vitest';
import { Unusable } from './unusable.ts';

const all = new Set(['hill abel', 'hill cho']);

it('a booking that names no slice may be any of those that were read, until somebody knows it', () => {
  const unusable = new Unusable();
  unusable.noteBooking('a', undefined, all);
  unusable.noteBooking('b', 'hill cho', all);
  expect(unusable.maybeOfSlice('hill abel')).toEqual({ count: 1, ids: ['a'] });
  expect(unusable.maybeOfSlice('hill cho')).toEqual({ count: 2, ids: ['b', 'a'] });
  expect(unusable.maybeOfSlice('shore cho')).toBeUndefined();
  // The ledger counts it once, and nowhere as long as nobody knows where.
  expect([unusable.ofSlice('hill abel'), unusable.count]).toEqual([undefined, 2]);
  unusable.settle('a', 'hill abel');
  expect(unusable.maybeOfSlice('hill abel')).toEqual({ count: 1, ids: ['a'] });
  expect(unusable.maybeOfSlice('hill cho')).toEqual({ count: 1, ids: ['b'] });
});
