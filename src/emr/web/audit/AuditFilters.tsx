import { Button, Select, TextInput } from '@mantine/core';
import { useState } from 'react';
import { DateField } from '../../../ui/DateField.tsx';
import { useT } from '../../../ui/language.tsx';
import { type AuditKind, type AuditOutcome, auditKinds, auditOutcomes } from '../../contract/audit-log.ts';
import type { ListedUser } from '../../contract/security.ts';
import type { AuditFilter } from './audit.queries.ts';

const outcomeLabels = {
  done: 'audit.outcome.done',
  refused: 'audit.choose.refused',
  failed: 'audit.choose.failed',
} as const;

/** Nothing is asked for until *Show*: each look at the log is itself an entry of it. */
export function AuditFilters({
  users,
  filter,
  onShow,
}: {
  users: readonly ListedUser[];
  filter: AuditFilter;
  onShow: (filter: AuditFilter) => void;
}) {
  const t = useT();
  const [asked, setAsked] = useState<AuditFilter>(filter);
  const set = (change: { [K in keyof AuditFilter]?: AuditFilter[K] | null | '' }) =>
    setAsked((before) => {
      const next = Object.entries({ ...before, ...change }).filter(([, value]) => value !== null && value !== '');
      return Object.fromEntries(next) as AuditFilter;
    });
  return (
    <search>
      <form
        className="card audit-filters"
        aria-label={t('audit.filter')}
        onSubmit={(event) => {
          event.preventDefault();
          onShow(asked);
        }}
      >
        <Select
          label={t('audit.filter.user')}
          placeholder={t('audit.filter.any-user')}
          searchable
          clearable
          value={asked.user ?? null}
          data={users.map(({ userId, displayName, username }) => ({
            value: userId,
            label: `${displayName} (${username})`,
          }))}
          onChange={(user) => set({ user })}
        />
        <DateField label={t('audit.filter.from')} value={asked.from ?? ''} onChange={(from) => set({ from })} />
        <DateField label={t('audit.filter.until')} value={asked.until ?? ''} onChange={(until) => set({ until })} />
        <Select
          label={t('audit.filter.kind')}
          placeholder={t('audit.filter.any-kind')}
          clearable
          value={asked.kind ?? null}
          data={auditKinds.map((kind) => ({ value: kind, label: t(`audit.kind.${kind}`) }))}
          onChange={(kind) => set({ kind: kind as AuditKind | null })}
        />
        <Select
          label={t('audit.filter.outcome')}
          placeholder={t('audit.filter.any-outcome')}
          clearable
          value={asked.outcome ?? null}
          data={auditOutcomes.map((outcome) => ({ value: outcome, label: t(outcomeLabels[outcome]) }))}
          onChange={(outcome) => set({ outcome: outcome as AuditOutcome | null })}
        />
        <TextInput
          label={t('audit.filter.patient')}
          placeholder={t('audit.filter.patient-hint')}
          autoComplete="off"
          maxLength={64}
          value={asked.patient ?? ''}
          onChange={(event) => set({ patient: event.currentTarget.value })}
        />
        <div className="row">
          <Button type="submit">{t('audit.filter.apply')}</Button>
          <Button
            variant="default"
            onClick={() => {
              setAsked({});
              onShow({});
            }}
          >
            {t('audit.filter.clear')}
          </Button>
        </div>
      </form>
    </search>
  );
}
