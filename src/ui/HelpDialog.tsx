import { Button, Modal, useComputedColorScheme } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import type { MessageKey } from '../language/messages.ts';
import { useLanguage, useT } from './language.tsx';
import type { App } from './theme.ts';

/** The version of the build that this page came from. */
export const version: string = String(import.meta.env.TIDEGATE_VERSION ?? '');

export type KeyHelp = readonly [keys: string, what: MessageKey];

const keys: readonly KeyHelp[] = [
  ['?', 'help.keys.help'],
  ['Esc', 'help.keys.escape'],
  ['Tab', 'help.keys.tab'],
  ['Space', 'help.keys.space'],
  ['↑ ↓ ← →', 'help.keys.arrows'],
];

/** How to get support, the version, diagnostics to copy, and the keys. It reads nothing of the page: an address may name a patient. */
export function HelpDialog({
  app,
  opened,
  onClose,
  diagnostics,
  ownKeys = [],
}: {
  app: App;
  opened: boolean;
  onClose: () => void;
  diagnostics: Readonly<Record<string, string | number>>;
  /** Those of the app, beside those that every app has. */
  ownKeys?: readonly KeyHelp[];
}) {
  const t = useT();
  const language = useLanguage();
  const scheme = useComputedColorScheme();
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const facts = {
    app,
    version,
    language,
    scheme,
    window: `${window.innerWidth}x${window.innerHeight}`,
    online: String(navigator.onLine),
    browser: navigator.userAgent,
    ...diagnostics,
  };
  const lines = Object.entries(facts)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
  const copy = () =>
    navigator.clipboard.writeText(lines).then(
      () => setCopied('yes'),
      () => setCopied('refused'),
    );
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t('help.title')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('frame.close') }}
    >
      <div className="stack g3">
        <section className="stack g1">
          <h3>{t('help.support')}</h3>
          <p>{t('help.support.first', { who: t(`help.who.${app}`) })}</p>
          <p>{t('help.support.next', { contact: t('help.contact') })}</p>
        </section>
        <section className="stack">
          <h3>{t('help.diagnostics')}</h3>
          <pre className="diagnostics">{lines}</pre>
          <div className="row wrap">
            <Button leftSection={<IconCopy size={16} stroke={1.75} aria-hidden />} onClick={copy}>
              {t('help.copy')}
            </Button>
            <span className="small muted" role="status">
              {copied === 'yes' && t('help.copied')}
              {copied === 'refused' && t('help.copy-failed')}
            </span>
          </div>
        </section>
        <section className="stack g1">
          <h3>{t('help.keys')}</h3>
          <dl className="keys">
            {[...keys, ...ownKeys].map(([key, what]) => (
              <div key={what}>
                <dt>
                  <kbd>{key}</kbd>
                </dt>
                <dd>{t(what)}</dd>
              </div>
            ))}
          </dl>
        </section>
        <p className="small faint">{t('help.version', { version })}</p>
      </div>
    </Modal>
  );
}
