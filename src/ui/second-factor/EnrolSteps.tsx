import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { CodeForm } from '../CodeForm.tsx';
import { ErrorState } from '../ErrorState.tsx';
import { LoadingBlock } from '../LoadingBlock.tsx';
import { useT } from '../language.tsx';
import { QrCode } from '../QrCode.tsx';
import { useConfirm, useOffer } from './second-factor.queries.ts';

/** In fours, as apps show keys. What is copied has no spaces. */
const inFours = (secret: string) => secret.replaceAll(/(.{4})(?=.)/g, '$1 ');

/** The key as a picture and as text, and the code that proves that an app has it. */
export function EnrolSteps({
  onEnrolled,
  children,
}: {
  onEnrolled: (recoveryCodes: readonly string[]) => void;
  /** Beside *Confirm*: the way out. */
  children?: ReactNode;
}) {
  const t = useT();
  const offer = useOffer();
  const confirm = useConfirm();
  if (offer.error) return <ErrorState problem={offer.error} onRetry={() => void offer.refetch()} />;
  if (!offer.data) return <LoadingBlock />;
  const { secret, address } = offer.data;
  return (
    <div className="stack g3">
      <p>{t('second-factor.enrol.scan')}</p>
      <QrCode text={address} name={t('second-factor.enrol.picture')} />
      <div className="stack g1">
        <p className="s13 muted">{t('second-factor.enrol.key')}</p>
        <div className="row wrap">
          <code className="secret-key">{inFours(secret)}</code>
          <CopyButton value={secret}>
            {({ copied, copy }) => (
              <Button
                size="xs"
                leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
                onClick={copy}
              >
                {t(copied ? 'second-factor.enrol.copied' : 'second-factor.enrol.copy')}
              </Button>
            )}
          </CopyButton>
        </div>
      </div>
      <CodeForm
        label={t('second-factor.enrol.confirm')}
        act={t('second-factor.enrol.act')}
        busy={confirm.isPending}
        problem={confirm.error ?? undefined}
        onSubmit={(code) => confirm.mutate(code, { onSuccess: ({ recoveryCodes }) => onEnrolled(recoveryCodes) })}
      >
        {children}
      </CodeForm>
    </div>
  );
}
