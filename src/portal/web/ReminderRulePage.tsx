import { Button } from '@mantine/core';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import type { ReminderRule, Reminders } from '../contract/reminders.ts';
import { ReminderRuleForm } from './ReminderRuleForm.tsx';
import { RuleTestCard } from './RuleTestCard.tsx';
import { useDeleteRule, useReminders, useSaveAndTest, useSwitchRule } from './reminder-queries.ts';
import './reminders.css';

function Acts({ rule }: { rule: ReminderRule }) {
  const t = useT();
  const navigate = useNavigate();
  const change = useSwitchRule();
  const remove = useDeleteRule();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button onClick={() => setAsking(true)}>{t('reminders.delete')}</Button>
      <Button
        loading={change.isPending}
        onClick={() => change.mutate({ ruleId: rule.ruleId, version: rule.version, enabled: !rule.enabled })}
      >
        {t(rule.enabled ? 'reminders.switch-off' : 'reminders.switch-on')}
      </Button>
      {change.error && (
        <span role="alert" className="small t-red">
          {change.error.message}
        </span>
      )}
      <ConfirmDialog
        opened={asking}
        danger
        title={t('reminders.delete')}
        confirmLabel={t('reminders.delete')}
        cancelLabel={t('reminders.delete.keep')}
        busy={remove.isPending}
        onConfirm={() => remove.mutate(rule.ruleId, { onSuccess: () => void navigate({ to: '/reminders' as never }) })}
        onCancel={() => setAsking(false)}
      >
        {t('reminders.delete.ask', { name: rule.name })}
      </ConfirmDialog>
    </>
  );
}

function Editor({ ruleId, reminders }: { ruleId: string; reminders: Reminders }) {
  const t = useT();
  const rule = reminders.rules.find((one) => one.ruleId === ruleId);
  const save = useSaveAndTest(ruleId);
  const state = rule?.enabled ? t('reminders.on') : rule ? t('reminders.off') : t('reminders.off.new');
  return (
    <Page
      title={rule?.name ?? t('reminders.new')}
      windowTitle={t('reminders.title')}
      actions={
        <>
          <StatusChip tone={rule?.enabled ? 'green' : 'neutral'} label={state} />
          {rule && reminders.mayEdit && <Acts rule={rule} />}
          <Button component={Link} to="/reminders">
            {t('reminders.back')}
          </Button>
        </>
      }
    >
      <div className="rule-layout">
        <ReminderRuleForm
          rule={rule}
          reminders={reminders}
          problem={save.error}
          busy={save.isPending}
          onSave={(fields) => save.mutate({ version: rule?.version ?? 0, rule: fields })}
        />
        {save.data && <RuleTestCard test={save.data.test} />}
      </div>
    </Page>
  );
}

/** A rule, written or new: its editor, and beside it what it would do today. */
export function ReminderRulePage({ ruleId }: { ruleId: string }) {
  const { data, error, refetch } = useReminders();
  if (data) return <Editor key={ruleId} ruleId={ruleId} reminders={data} />;
  return <Page>{error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}</Page>;
}
