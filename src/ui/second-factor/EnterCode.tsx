import { Button } from '@mantine/core';
import { CodeForm } from '../CodeForm.tsx';
import { useT } from '../language.tsx';
import { Page } from '../Page.tsx';
import { useGiveCode } from './second-factor.queries.ts';

/** The second half of signing in, for whoever has set up a second factor. */
export function EnterCode({ onLeave }: { onLeave: () => void }) {
  const t = useT();
  const give = useGiveCode();
  return (
    <Page title={t('second-factor.code.title')} width="narrow">
      <div className="card pad stack g3">
        <p className="s13 muted">{t('second-factor.code.intro')}</p>
        <CodeForm
          label={t('second-factor.code')}
          act={t('second-factor.code.act')}
          busy={give.isPending}
          problem={give.error ?? undefined}
          autoFocus
          onSubmit={(code) => give.mutate(code)}
        >
          <Button variant="subtle" onClick={onLeave}>
            {t('second-factor.leave')}
          </Button>
        </CodeForm>
      </div>
    </Page>
  );
}
