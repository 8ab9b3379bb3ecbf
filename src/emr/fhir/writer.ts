// What a type of resource that clients may write has to offer. write-resource.ts holds the table of them and all that they have in common:
// conditions, patches, what is said of what is not there.
import type { Db } from '../../platform/database/db.ts';
import type { EmrContext } from '../context.ts';
import type { Caller } from '../oauth/caller.ts';
import type { BodyOptions } from './resource-body.ts';

export interface Writing extends BodyOptions, Pick<EmrContext, 'publicUrl' | 'sealingKey' | 'announceTo'> {
  readonly requestId: string;
}

/** What a client said about the version that it means: of If-Match; null when it said nothing. */
export type Versions = readonly number[] | null;

export interface Writer {
  /** As version 1. */
  create(tx: Db, caller: Caller, id: string, body: unknown, writing: Writing): Promise<void>;
  /** The version that it is now; the old one where nothing is different. */
  update(
    tx: Db,
    caller: Caller,
    id: string,
    body: unknown,
    options: { readonly versions: Versions; readonly writing: Writing },
  ): Promise<number>;
  delete?(
    tx: Db,
    caller: Caller,
    id: string,
    options: { readonly versions: Versions; readonly writing: Writing },
  ): Promise<void>;
  /** For the capability statement. */
  readonly documentation: string;
}
