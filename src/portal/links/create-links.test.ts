import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { sha256 } from '../../platform/ids.ts';
import { asLink, asSite } from '../context.ts';
import { harbour, island } from '../test-portal.ts';
import { createLinks } from './create-links.ts';
import { findByToken, findLink } from './links.sql.ts';
import { addBooking, createLinkPortal, type LinkPortal } from './test-links.ts';

let portal: LinkPortal;
beforeAll(async () => {
  portal = await createLinkPortal(inject('adminUrl'));
});
afterAll(() => portal?.close());
beforeEach(() => portal.empty());

const make = (wanted: readonly string[], siteId = harbour) =>
  asSite(portal.context.pool, siteId, (tx) =>
    createLinks(tx, {
      siteId,
      publicUrl: 'https://portal.example',
      userId: null,
      now: portal.clock.now(),
      wanted: wanted.map((bookingId) => ({ bookingId, purpose: 'both', cancelNoticeMinutes: 1440 })),
    }),
  );
const tokenOf = (url: string) => url.split('/').at(-1)!;

describe('links', () => {
  it('are made for bookings that are listed, lie ahead and wait for a patient with a birth date, and for no others', async () => {
    await addBooking(portal, { id: 'fine' });
    await addBooking(portal, { id: 'masked', set: 'patient_masked = true' });
    await addBooking(portal, { id: 'lost', set: `state = 'visibility-lost'` });
    await addBooking(portal, { id: 'cancelled', set: `status = 'cancelled'` });
    await addBooking(portal, { id: 'begun', set: `start_at = '2026-11-24T17:00:00Z'` });
    await addBooking(portal, { id: 'nobody', set: 'patient_id = null' });
    await addBooking(portal, { id: 'undated', set: `patient_id = 'p2'` });
    await addBooking(portal, { id: 'theirs', siteId: island });
    const made = await make(['masked', 'fine', 'lost', 'cancelled', 'begun', 'nobody', 'undated', 'theirs', 'never']);
    expect(made.map(({ bookingId }) => bookingId)).toEqual(['fine']);
  });

  it('hold a token of 256 bits that the database keeps as its digest alone, and that no audit names', async () => {
    await addBooking(portal, { id: 'b1' });
    const [first, second] = [...(await make(['b1'])), ...(await make(['b1']))];
    const token = tokenOf(first!.url);
    expect(first!.url).toBe(`https://portal.example/a/${token}`);
    expect(token).toMatch(/^[\w-]{43}$/);
    expect(tokenOf(second!.url)).not.toBe(token);
    const { rows } = await portal.owner.query<{ text: string; hash: Buffer }>(
      `select l::text as text, l.token_hash as hash from appointment_link l where link_id = $1`,
      [first!.linkId],
    );
    expect(rows[0]!.hash).toEqual(sha256(token));
    const audits = await portal.owner.query<{ text: string; action: string }>(
      'select e::text as text, action from audit_event e where entity_id = $1',
      ['b1'],
    );
    expect(audits.rows.map(({ action }) => action)).toEqual(['create-link', 'create-link']);
    for (const { text } of [...rows, ...audits.rows]) {
      expect(text).not.toContain(token);
      expect(text).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
    }
  });

  it('are found by their own token before a site is known, and nothing else is', async () => {
    await addBooking(portal, { id: 'b1' });
    await addBooking(portal, { id: 'i1', siteId: island });
    const [ours] = await make(['b1']);
    const [theirs] = await make(['i1'], island);
    const hash = sha256(tokenOf(ours!.url));
    const { pool } = portal.context;
    expect(await asLink(pool, hash, (tx) => findByToken(tx, hash))).toEqual({ siteId: harbour, linkId: ours!.linkId });
    // The policy, and not the statement, keeps the others out.
    const counted = await asLink(pool, hash, (tx) => tx.query('select link_id from appointment_link'));
    expect(counted.rows).toEqual([{ link_id: ours!.linkId }]);
    expect(await asLink(pool, hash, (tx) => findByToken(tx, sha256(tokenOf(theirs!.url))))).toBeUndefined();
    const rest = await asLink(pool, hash, (tx) => tx.query('select from booking union all select from patient'));
    expect(rest.rowCount).toBe(0);
    // And with a site in force the token of another opens nothing.
    expect(
      await asSite(pool, harbour, (tx) => findLink(tx, { siteId: island, linkId: theirs!.linkId })),
    ).toBeUndefined();
    expect(await asSite(pool, harbour, (tx) => findLink(tx, { siteId: harbour, linkId: ours!.linkId }))).toMatchObject({
      bookingId: 'b1',
      siteName: 'Harbour Clinic',
      birthDate: '1980-10-22',
    });
  });
});
