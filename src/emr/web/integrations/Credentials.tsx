import { ActionIcon, Button, Checkbox, CopyButton, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { Banner } from '../../../ui/Banner.tsx';
import { Sentence, useT } from '../../../ui/language.tsx';
import type { AddedIntegration } from '../../contract/security.ts';

function Copied({ label, value }: { label: string; value: string }) {
  const t = useT();
  return (
    <CopyButton value={value} timeout={4000}>
      {({ copied, copy }) => (
        <div className="row copied">
          <TextInput
            className="grow"
            label={label}
            readOnly
            value={value}
            onFocus={(event) => event.currentTarget.select()}
          />
          <ActionIcon aria-label={t('emr.integration.copy', { what: label })} onClick={copy}>
            {copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} stroke={1.75} aria-hidden />}
          </ActionIcon>
          <span className="vh" role="status">
            {copied && t('emr.integration.copied', { what: label })}
          </span>
        </div>
      )}
    </CopyButton>
  );
}

/** The credentials, a secret this once, and what comes next. A secret is left only by saying that it has been kept. */
export function Credentials({
  credentials,
  what,
  former,
  onDone,
}: {
  credentials: AddedIntegration;
  /** Registered, registered and still to be approved from the application, or with a new secret. */
  what: 'added' | 'asks-first' | 'replaced';
  /** What became of the credentials before. */
  former?: string;
  onDone: () => void;
}) {
  const t = useT();
  const { clientSecret, fhirBaseUrl, clientId, user } = credentials;
  const [kept, setKept] = useState(clientSecret === null);
  // The portal's Cloud Connect has a form for the three; of other applications nothing is known.
  const ofPortal = clientSecret !== null && user.username.startsWith('OceanAPI');
  return (
    <div className="stack g3">
      <Banner tone={clientSecret === null ? 'green' : 'amber'}>
        {clientSecret === null
          ? `${t('integrations.guide.done')}. ${t('integrations.guide.kept-keys')}`
          : t('emr.integration.once')}
      </Banner>
      {former !== undefined && <p>{former}</p>}
      <Copied label={t('emr.integration.base-url')} value={fhirBaseUrl} />
      <Copied label={t('emr.integration.client-id')} value={clientId} />
      {clientSecret !== null && <Copied label={t('emr.integration.secret')} value={clientSecret} />}
      <div>
        <h3>{t('emr.integration.next')}</h3>
        <ol className="steps">
          <li>
            {what === 'asks-first' && t('integrations.guide.approve-next')}
            {what !== 'asks-first' && !ofPortal && t('integrations.guide.connect-next')}
            {what !== 'asks-first' && ofPortal && <Sentence of="emr.integration.next.connect" />}
          </li>
          {what !== 'replaced' && (
            <li>
              <Sentence of="emr.integration.next.grant" params={{ name: user.username }} />
            </li>
          )}
          {ofPortal && what === 'added' && (
            <li>
              <Sentence of="emr.integration.next.sync" />
            </li>
          )}
          {ofPortal && what === 'replaced' && !credentials.formerUntil && (
            <li>
              <Sentence of="emr.integration.next.check" />
            </li>
          )}
        </ol>
      </div>
      {clientSecret !== null && (
        <Checkbox
          label={t('emr.integration.kept')}
          checked={kept}
          onChange={(event) => setKept(event.currentTarget.checked)}
        />
      )}
      <div className="row">
        <Button variant="filled" disabled={!kept} onClick={onDone}>
          {t(what === 'replaced' ? 'emr.integration.close' : 'emr.integration.to-permissions')}
        </Button>
      </div>
    </div>
  );
}
