import { Button, Checkbox, Modal, MultiSelect, Radio, Textarea, TextInput } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { Sentence, useT } from '../../../ui/language.tsx';
import type { AddIntegrationRequest } from '../../contract/integrations.ts';
import type { RosterOffice } from '../../contract/security.ts';
import { useRoster } from '../security/permissions.queries.ts';
import { useRereadUsers } from '../security/users.queries.ts';
import { CredentialFields, credentialOf, noCredential } from './CredentialFields.tsx';
import { Credentials } from './Credentials.tsx';
import { useAddIntegration, useIntegrations } from './integrations.queries.ts';

const steps = ['application', 'credential', 'scopes', 'offices'] as const;
type Step = (typeof steps)[number];

/** The address of each line that has one. */
const linesOf = (text: string): string[] =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

function Guide({
  offices,
  types,
  first,
  busy,
  problem,
  onAdd,
}: {
  offices: readonly RosterOffice[];
  types: readonly string[];
  /** Nobody is registered yet: it is the portal's Cloud Connect that comes first. */
  first: boolean;
  busy: boolean;
  problem: unknown;
  onAdd: (request: AddIntegrationRequest) => void;
}) {
  const t = useT();
  const [step, setStep] = useState<Step>('application');
  const [name, setName] = useState(first ? 'Cloud Connect' : '');
  const [asks, setAsks] = useState(false);
  const [returns, setReturns] = useState('');
  const [typed, setTyped] = useState(noCredential);
  const [writes, setWrites] = useState(true);
  const [kinds, setKinds] = useState<string[]>([]);
  const [chosen, setChosen] = useState(offices.map(({ officeId }) => officeId));
  const credential = credentialOf(typed);
  const redirectUris = asks ? linesOf(returns) : [];
  const complete: Readonly<Record<Step, boolean>> = {
    application: name.trim() !== '' && (!asks || redirectUris.length > 0),
    credential: credential !== undefined,
    scopes: true,
    offices: chosen.length > 0,
  };
  const at = steps.indexOf(step);
  const fields: Readonly<Record<Step, ReactNode>> = {
    application: (
      <>
        <TextInput
          label={t('integrations.guide.name')}
          description={t('integrations.guide.name-what')}
          maxLength={200}
          data-autofocus
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Radio.Group
          label={t('integrations.guide.approval')}
          value={asks ? 'asks' : 'own'}
          onChange={(value) => setAsks(value === 'asks')}
        >
          <div className="stack choices">
            <Radio
              value="own"
              label={t('integrations.guide.approval.own')}
              description={t('integrations.guide.approval.own-what')}
            />
            <Radio
              value="asks"
              label={t('integrations.guide.approval.asks')}
              description={<Sentence of="integrations.guide.approval.asks-what" />}
            />
          </div>
        </Radio.Group>
        {asks && (
          <Textarea
            label={t('integrations.guide.return')}
            autosize
            minRows={2}
            spellCheck={false}
            value={returns}
            onChange={(event) => setReturns(event.currentTarget.value)}
          />
        )}
      </>
    ),
    credential: <CredentialFields label={t('integrations.proof')} value={typed} onChange={setTyped} />,
    scopes: (
      <>
        <p className="s13 muted">
          <Sentence of="integrations.guide.scopes-what" />
        </p>
        <Radio.Group
          label={t('integrations.scopes')}
          value={writes ? 'write' : 'read'}
          onChange={(value) => setWrites(value === 'write')}
        >
          <div className="stack choices">
            <Radio value="read" label={t('integrations.guide.read')} />
            <Radio value="write" label={t('integrations.guide.write')} />
          </div>
        </Radio.Group>
        <MultiSelect
          label={t('integrations.guide.types')}
          placeholder={kinds.length === 0 ? t('integrations.guide.types-all') : ''}
          data={types}
          value={kinds}
          onChange={setKinds}
          searchable
          clearable
        />
      </>
    ),
    offices: (
      <Checkbox.Group
        label={t('emr.integration.offices')}
        description={t('emr.integration.offices-what')}
        value={chosen}
        onChange={setChosen}
      >
        <div className="stack choices">
          {offices.map(({ officeId, name: office }) => (
            <Checkbox key={officeId} value={officeId} label={office} />
          ))}
        </div>
      </Checkbox.Group>
    ),
  };
  const headings: Readonly<Record<Step, string>> = {
    application: t('integrations.guide.application'),
    credential: t('integrations.guide.credential'),
    scopes: t('integrations.guide.scopes'),
    offices: t('integrations.offices'),
  };
  const onNext = () => {
    const next = steps[at + 1];
    if (next) return setStep(next);
    const of = kinds.length === 0 ? ['*'] : kinds;
    const scopes = of.map((kind) => `system/${kind}.${writes ? 'cruds' : 'rs'}`);
    onAdd({ name: name.trim(), officeIds: chosen, scopes, redirectUris, ...(credential && { credential }) });
  };
  return (
    <form
      className="stack g3"
      onSubmit={(event) => {
        event.preventDefault();
        onNext();
      }}
    >
      <div>
        <p className="small muted">{t('integrations.step', { step: at + 1, steps: steps.length })}</p>
        <h3>{headings[step]}</h3>
      </div>
      {fields[step]}
      {problem != null && <ErrorState problem={problem} />}
      <div className="row wrap">
        <Button type="submit" variant="filled" disabled={busy || !complete[step]}>
          {step === 'offices' ? t('emr.integration.make') : t('integrations.next')}
        </Button>
        {at > 0 && <Button onClick={() => setStep(steps[at - 1]!)}>{t('integrations.back')}</Button>}
      </div>
    </form>
  );
}

/**
 * *Add integration*, step by step: the application, its credentials, what it may ask for, its offices. It makes the integration user and no
 * grant; then on to its permissions.
 */
export function AddIntegration({ onAdded }: { onAdded: (userId: string) => void }) {
  const t = useT();
  const rereadUsers = useRereadUsers();
  const [opened, setOpened] = useState(false);
  const roster = useRoster(opened);
  const known = useIntegrations();
  const add = useAddIntegration();
  const finish = async () => {
    const userId = add.data?.user.userId;
    await rereadUsers();
    setOpened(false);
    add.reset();
    if (userId !== undefined) onAdded(userId);
  };
  const problem = roster.error ?? known.error;
  const asksFirst = (add.variables?.redirectUris ?? []).length > 0;
  return (
    <>
      <Button leftSection={<IconPlugConnected size={16} stroke={1.75} aria-hidden />} onClick={() => setOpened(true)}>
        {t('emr.integration.add')}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={t('emr.integration.add')}
        size="lg"
        // The secret is shown once: a stray key or click must not take it away.
        closeOnEscape={!add.data}
        closeOnClickOutside={!add.data}
        withCloseButton={!add.data}
        closeButtonProps={{ 'aria-label': t('frame.close') }}
      >
        {problem && (
          <ErrorState problem={problem} onRetry={() => void Promise.all([roster.refetch(), known.refetch()])} />
        )}
        {!problem && !(roster.data && known.data) && <LoadingBlock />}
        {roster.data && known.data && !add.data && (
          <Guide
            offices={roster.data}
            types={known.data.types}
            first={known.data.integrations.length === 0}
            busy={add.isPending}
            problem={add.error ?? undefined}
            onAdd={(request) => add.mutate(request)}
          />
        )}
        {add.data && (
          <Credentials credentials={add.data} what={asksFirst ? 'asks-first' : 'added'} onDone={() => void finish()} />
        )}
      </Modal>
    </>
  );
}
