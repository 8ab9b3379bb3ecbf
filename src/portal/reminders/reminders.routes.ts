import type { FastifyInstance, FastifyRequest } from 'fastify';
import { parse } from '../../platform/http/parse.ts';
import { problem } from '../../platform/problem.ts';
import { addDays, instantOf, localText, todayIn } from '../../platform/zones.ts';
import { recordAudit } from '../audit/audit.sql.ts';
import { asSite, type PortalContext } from '../context.ts';
import {
  logQuery,
  previewRequest,
  type ReminderLog,
  type ReminderRule,
  type Reminders,
  type RulePreview,
  type RuleTest,
  reminderSettingsFields,
  saveRuleRequest,
  switchRuleRequest,
} from '../contract/reminders.ts';
import { gapIdsAt, gapsBySchedule, listOpenGaps } from '../gaps/open-gaps.sql.ts';
import { isQuietAt } from '../mail/quiet.ts';
import { readSite } from '../patients/patients.sql.ts';
import type { Member, Sessions } from '../session/sessions.ts';
import { composeReminder } from './compose-reminder.ts';
import { listLog } from './log.sql.ts';
import * as sql from './reminders.sql.ts';
import { testRule } from './test-rule.ts';

const pageSize = 100;

const wrongField = (path: string) =>
  problem('invalid', 'problem.invalid', {}, { where: 'body', fields: [{ path, code: 'custom', message: path }] });

/** *Patient Reminders*: everybody of the site sees it, Site Admins change it. */
export function registerReminders(app: FastifyInstance, { pool, clock }: PortalContext, sessions: Sessions): void {
  async function requireAdmin(request: FastifyRequest): Promise<Member> {
    const member = await sessions.require(request);
    if (member.role !== 'site-admin') throw problem('forbidden', 'reminders.problem.not-site-admin');
    return member;
  }
  const ruleIdOf = (request: FastifyRequest): string => {
    const { id } = request.params as { readonly id: string };
    if (!/^[\w-]{1,64}$/.test(id)) throw problem('not-found', 'problem.not-found');
    return id;
  };

  app.get('/api/reminders', async (request): Promise<Reminders> => {
    const { siteId, role } = await sessions.require(request);
    return asSite(
      pool,
      siteId,
      async (tx) => ({
        zone: (await readSite(tx, siteId)).zone,
        mayEdit: role === 'site-admin',
        rules: await sql.listRules(tx, siteId),
        settings: await sql.readReminderSettings(tx, siteId),
        ...(await sql.listChoices(tx, siteId)),
      }),
      { isolation: 'repeatable read', readOnly: true },
    );
  });

  app.put('/api/reminders/rules/:id', async (request): Promise<ReminderRule> => {
    const { siteId, userId } = await requireAdmin(request);
    const ruleId = ruleIdOf(request);
    const { version, rule } = parse(saveRuleRequest, request.body, 'body');
    return asSite(pool, siteId, async (tx) => {
      const before = await sql.findRule(tx, siteId, ruleId);
      const saved =
        version === 0
          ? await sql.insertRule(tx, siteId, ruleId, rule)
          : await sql.updateRule(tx, { siteId, ruleId, version }, rule);
      if (!saved) throw problem('conflict', 'reminders.problem.changed', {}, { version: before?.version ?? null });
      await recordAudit(tx, {
        siteId,
        userId,
        action: version === 0 ? 'create' : 'change',
        entity: 'reminder-rule',
        entityId: ruleId,
        before,
        after: rule,
        requestId: request.id,
      });
      return (await sql.findRule(tx, siteId, ruleId))!;
    });
  });

  app.post('/api/reminders/rules/:id/enabled', async (request): Promise<ReminderRule> => {
    const { siteId, userId } = await requireAdmin(request);
    const ruleId = ruleIdOf(request);
    const wanted = parse(switchRuleRequest, request.body, 'body');
    return asSite(pool, siteId, async (tx) => {
      if (!(await sql.switchRule(tx, siteId, ruleId, wanted))) throw problem('conflict', 'reminders.problem.changed');
      await recordAudit(tx, {
        siteId,
        userId,
        action: wanted.enabled ? 'enable' : 'disable',
        entity: 'reminder-rule',
        entityId: ruleId,
        requestId: request.id,
      });
      return (await sql.findRule(tx, siteId, ruleId))!;
    });
  });

  app.delete('/api/reminders/rules/:id', async (request, reply) => {
    const { siteId, userId } = await requireAdmin(request);
    const ruleId = ruleIdOf(request);
    await asSite(pool, siteId, async (tx) => {
      if (!(await sql.deleteRule(tx, siteId, ruleId))) throw problem('not-found', 'problem.not-found');
      await recordAudit(tx, {
        siteId,
        userId,
        action: 'delete',
        entity: 'reminder-rule',
        entityId: ruleId,
        requestId: request.id,
      });
    });
    return reply.code(204).send();
  });

  app.post('/api/reminders/rules/:id/test', async (request): Promise<RuleTest> => {
    const { siteId } = await sessions.require(request);
    const ruleId = ruleIdOf(request);
    return asSite(
      pool,
      siteId,
      async (tx) => {
        const rule = await sql.findRule(tx, siteId, ruleId);
        if (!rule) throw problem('not-found', 'problem.not-found');
        return testRule(tx, siteId, rule, clock.now());
      },
      { isolation: 'repeatable read', readOnly: true },
    );
  });

  // Of what stands in the editor, saved or not; the patient in it is invented.
  app.post('/api/reminders/preview', async (request): Promise<RulePreview> => {
    const { siteId, siteName } = await sessions.require(request);
    const { rule, language } = parse(previewRequest, request.body, 'body');
    const { zone } = await asSite(pool, siteId, (tx) => readSite(tx, siteId), { readOnly: true });
    const sample = { officeZone: zone, officeName: siteName, providerDisplay: 'Dr. Sample' };
    return composeReminder(rule, {
      ...sample,
      language,
      given: 'Mara',
      family: 'Madeup',
      startAt: instantOf(zone, addDays(todayIn(zone, clock), rule.days), '10:30'),
      clinicName: siteName,
      linkUrl: rule.confirmation || rule.cancellation ? 'https://…' : undefined,
      unsubscribeUrl: 'https://…',
      others: [],
    });
  });

  app.put('/api/reminders/settings', async (request) => {
    const { siteId, userId } = await requireAdmin(request);
    const settings = parse(reminderSettingsFields, request.body, 'body');
    // A run that may never begin would be a silence that nobody understands.
    if (isQuietAt(settings, settings.runAt)) throw wrongField('runAt');
    return asSite(pool, siteId, async (tx) => {
      const before = await sql.readReminderSettings(tx, siteId);
      if (!(await sql.saveReminderSettings(tx, siteId, settings)))
        throw problem('conflict', 'reminders.problem.changed');
      await recordAudit(tx, {
        siteId,
        userId,
        action: 'change',
        entity: 'reminder-settings',
        entityId: String(siteId),
        before: { ...before, testAddress: before.testAddress !== null },
        after: { ...settings, testAddress: settings.testAddress !== null },
        requestId: request.id,
      });
      return sql.readReminderSettings(tx, siteId);
    });
  });

  app.get('/api/reminders/log', async (request): Promise<ReminderLog> => {
    const { siteId } = await sessions.require(request);
    const { rule: ruleId, outcome, after } = parse(logQuery, request.query, 'query');
    const [day, entryId] = after?.split(' ') ?? [];
    const before = day !== undefined && /^\d{4}-\d\d-\d\d$/.test(day) && entryId ? { day, entryId } : undefined;
    const { rows, gaps } = await asSite(
      pool,
      siteId,
      async (tx) => ({
        rows: await listLog(tx, { siteId, ruleId, outcome, before, limit: pageSize + 1 }),
        gaps: gapsBySchedule(await listOpenGaps(tx, siteId)),
      }),
      { readOnly: true },
    );
    const shown = rows.slice(0, pageSize);
    const last = shown.at(-1);
    return {
      entries: shown.map(({ startAt, officeZone, family, given, ...one }) => ({
        ...one,
        start: startAt && localText(officeZone, startAt),
        patientDisplay: family === null ? null : [given, family].filter(Boolean).join(' '),
        gapIds: one.outcome === 'invisible' ? gapIdsAt(gaps, one, 'reminders') : [],
      })),
      next: rows.length > pageSize && last ? `${last.day} ${last.entryId}` : null,
    };
  });
}
