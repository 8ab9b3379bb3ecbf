import { Button, Checkbox, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { useT } from './language.tsx';

/** Recovery codes, shown once: one goes on only by saying that they are kept. */
export function RecoveryCodeList({ codes, onKept }: { codes: readonly string[]; onKept: () => void }) {
  const t = useT();
  const [kept, setKept] = useState(false);
  return (
    <div className="stack g3">
      <p>{t('second-factor.recovery.what')}</p>
      <ul className="recovery-codes">
        {codes.map((code) => (
          <li key={code}>
            <code>{code}</code>
          </li>
        ))}
      </ul>
      <div className="row">
        <CopyButton value={codes.join('\n')}>
          {({ copied, copy }) => (
            <Button
              leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
              onClick={copy}
            >
              {t(copied ? 'second-factor.recovery.copied' : 'second-factor.recovery.copy')}
            </Button>
          )}
        </CopyButton>
      </div>
      <Checkbox
        label={t('second-factor.recovery.kept')}
        checked={kept}
        onChange={(event) => setKept(event.currentTarget.checked)}
      />
      <div className="row">
        <Button variant="filled" disabled={!kept} onClick={onKept}>
          {t('second-factor.recovery.done')}
        </Button>
      </div>
    </div>
  );
}
