import { Button } from '@mantine/core';
import { IconListDetails, IconPlus } from '@tabler/icons-react';
import { Link, useNavigate } from '@tanstack/react-router';
import { Banner } from '../../ui/Banner.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { type Translate, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import type { ReminderRule, Reminders } from '../contract/reminders.ts';
import { newId } from './new-id.ts';
import { ReminderSettingsCard } from './ReminderSettingsCard.tsx';
import { useReminders, useSwitchRule } from './reminder-queries.ts';
import './reminders.css';

export const whenOf = (t: Translate, days: number): string =>
  days === 0
    ? t('reminders.when.same')
    : days > 0
      ? t('reminders.when.before', { days })
      : t('reminders.when.after', { days: -days });

function RuleRow({ rule, mayEdit }: { rule: ReminderRule; mayEdit: boolean }) {
  const t = useT();
  const change = useSwitchRule();
  return (
    <li>
      <span>
        <Link to={`/reminders/rules/${rule.ruleId}` as never}>{rule.name}</Link>
        <span className="small muted"> · {whenOf(t, rule.days)}</span>
      </span>
      <StatusChip
        tone={rule.enabled ? 'green' : 'neutral'}
        label={rule.enabled ? t('reminders.on') : t('reminders.off')}
      />
      {mayEdit && (
        <Button
          size="compact-sm"
          loading={change.isPending}
          aria-label={`${t(rule.enabled ? 'reminders.switch-off' : 'reminders.switch-on')}: ${rule.name}`}
          onClick={() => change.mutate({ ruleId: rule.ruleId, version: rule.version, enabled: !rule.enabled })}
        >
          {t(rule.enabled ? 'reminders.switch-off' : 'reminders.switch-on')}
        </Button>
      )}
      {change.error && (
        <span role="alert" className="small t-red">
          {change.error.message}
        </span>
      )}
    </li>
  );
}

function Content({ reminders }: { reminders: Reminders }) {
  const t = useT();
  const { rules, mayEdit, settings } = reminders;
  return (
    <div className="stack g3">
      {settings.testAddress !== null && (
        <Banner tone="amber">{t('reminders.test-mode', { address: settings.testAddress })}</Banner>
      )}
      {!mayEdit && <Banner>{t('reminders.view-only')}</Banner>}
      <section className="card" aria-labelledby="reminder-rules">
        <header>
          <h2 id="reminder-rules">{t('reminders.rules')}</h2>
        </header>
        {rules.length === 0 ? (
          <EmptyState reason={t('reminders.none')} who={t('reminders.none.who')} />
        ) : (
          <ul className="reminder-rows">
            {rules.map((rule) => (
              <RuleRow key={rule.ruleId} rule={rule} mayEdit={mayEdit} />
            ))}
          </ul>
        )}
        <p className="pad small muted">{t('reminders.switch-on.next', { time: settings.runAt })}</p>
      </section>
      <ReminderSettingsCard key={settings.version} settings={settings} zone={reminders.zone} mayEdit={mayEdit} />
    </div>
  );
}

/** *Patient Reminders*: rules and settings. */
export function RemindersPage() {
  const t = useT();
  const navigate = useNavigate();
  const { data, error, refetch } = useReminders();
  return (
    <Page
      title={t('reminders.title')}
      actions={
        <>
          <Button
            component={Link}
            to="/reminders/log"
            leftSection={<IconListDetails size={16} stroke={1.75} aria-hidden />}
          >
            {t('reminders.log')}
          </Button>
          {data?.mayEdit && (
            <Button
              variant="filled"
              leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
              onClick={() => void navigate({ to: `/reminders/rules/${newId()}` as never })}
            >
              {t('reminders.new')}
            </Button>
          )}
        </>
      }
    >
      <p className="muted">{t('reminders.intro')}</p>
      {error && !data && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {!error && !data && <LoadingBlock />}
      {data && <Content reminders={data} />}
    </Page>
  );
}
