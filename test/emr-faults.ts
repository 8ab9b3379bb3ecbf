// Mishaps of the proxy that know what our EMR's answers look like.
import { digestDefinition } from '../src/fhir/appointment-digest.ts';
import type { Mishap } from './emr-proxy.ts';

export type Path = (path: string) => Mishap | undefined | Promise<Mishap | undefined>;

/** The EMR has no export and says no digests, and so each schedule is read by a search of its own. */
export const byPages =
  (more: Path = () => undefined): Path =>
  (path) =>
    path.includes('/metadata')
      ? { rewrite: (text) => text.replace('"export"', '"other"').replace(digestDefinition, 'another') }
      : more(path);

/** The search of one schedule. */
export const isOf = (path: string, office: string, provider: string): boolean =>
  path.startsWith('/fhir/Appointment?') && path.includes(`practitioner=${provider}&location=${office}`);

export interface Bundled extends Record<string, unknown> {
  entry: { resource: Record<string, unknown> }[];
}

/** A page that is not as the EMR gave it. */
export const bundled = (change: (bundle: Bundled) => unknown): Mishap => ({
  rewrite: (text) => {
    const bundle = JSON.parse(text);
    change(bundle);
    return JSON.stringify(bundle);
  },
});
