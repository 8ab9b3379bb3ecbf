import { useState } from 'react';
import type { Versioned } from '../../contract/open-hours.ts';
import { type Replace, savedMeanwhile } from './settings.queries.ts';

/**
 * The rows of what is saved as a whole. They follow what is read until the first change; from then on they stay as they are, and are saved
 * from the version that they began with. `theirs`: what somebody else saved since, about which the person has to decide first.
 */
export function useWhole<Whole extends object, Row>(
  latest: Versioned<Whole>,
  save: Replace<Whole>,
  rowsOf: (whole: Whole) => readonly Row[],
) {
  const [begun, setBegun] = useState(latest.version);
  const [rows, setRows] = useState(() => rowsOf(latest));
  const [changed, setChanged] = useState(false);
  const begin = (whole: Versioned<Whole>) => {
    setBegun(whole.version);
    setRows(rowsOf(whole));
    setChanged(false);
  };
  if (!changed && latest.version !== begun) begin(latest);
  const theirs = savedMeanwhile<Whole>(save.error);
  const saveFrom = (version: string, whole: Whole) => save.mutate({ ...whole, version }, { onSuccess: begin });
  return {
    rows,
    changed,
    theirs,
    set: (next: readonly Row[]) => {
      setRows(next);
      setChanged(true);
      if (!theirs) save.reset();
    },
    save: (whole: Whole) => saveFrom(begun, whole),
    saveOverTheirs: (whole: Whole) => theirs && saveFrom(theirs.version, whole),
    takeTheirs: () => {
      save.reset();
      if (theirs) begin(theirs);
    },
  };
}
