import { ActionIcon, Button, Checkbox, CopyButton, TextInput } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { Banner } from '../../../ui/Banner.tsx';
import { Sentence, useT } from '../../../ui/language.tsx';
import type { IntegrationCredentials } from '../../contract/security.ts';

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

/** The credentials, this once, and what comes next. It is left only by saying that the secret has been kept. */
export function Credentials({
  credentials,
  replaced,
  onDone,
}: {
  credentials: IntegrationCredentials;
  replaced: boolean;
  onDone: () => void;
}) {
  const t = useT();
  const [kept, setKept] = useState(false);
  return (
    <div className="stack g3">
      <Banner tone="amber">{t('emr.integration.once')}</Banner>
      <Copied label={t('emr.integration.base-url')} value={credentials.fhirBaseUrl} />
      <Copied label={t('emr.integration.client-id')} value={credentials.clientId} />
      <Copied label={t('emr.integration.secret')} value={credentials.clientSecret} />
      <div>
        <h3>{t('emr.integration.next')}</h3>
        <ol className="steps">
          <li>
            <Sentence of="emr.integration.next.connect" />
          </li>
          {!replaced && (
            <li>
              <Sentence of="emr.integration.next.grant" params={{ name: credentials.user.username }} />
            </li>
          )}
          <li>
            <Sentence of={replaced ? 'emr.integration.next.check' : 'emr.integration.next.sync'} />
          </li>
        </ol>
      </div>
      <Checkbox
        label={t('emr.integration.kept')}
        checked={kept}
        onChange={(event) => setKept(event.currentTarget.checked)}
      />
      <div className="row">
        <Button variant="filled" disabled={!kept} onClick={onDone}>
          {t(replaced ? 'emr.integration.close' : 'emr.integration.to-permissions')}
        </Button>
      </div>
    </div>
  );
}
