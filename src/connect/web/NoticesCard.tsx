import { Button, NativeSelect, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { formatDate } from '../../language/dates.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { Notices } from '../contract/notices.ts';
import { useNotices, useSaveNotices } from './doctor-queries.ts';
import { type SiteClock, timeAt } from './site-time.ts';

function State({ notices, clock }: { notices: Notices; clock: SiteClock }) {
  const t = useT();
  const language = useLanguage();
  const { last, digestDay, digestProblem, digestTo, mails } = notices;
  const gap = last?.gapId ?? '';
  const problem = last?.problem ?? '';
  return (
    <div className="small muted" role="status">
      {notices.webhookUrl !== null && (
        <p>
          {last === null
            ? t('notice.none')
            : last.toldAt !== null
              ? t('notice.last.told', { gap, time: timeAt(language, last.toldAt, clock) })
              : t(last.givenUp ? 'notice.last.given-up' : 'notice.last.waiting', { gap, problem })}
        </p>
      )}
      {digestTo.length > 0 && !mails && <p>{t('notice.no-mail-server')}</p>}
      {digestTo.length > 0 && digestDay !== null && (
        <p>{t('notice.digest.day', { day: formatDate(language, digestDay) })}</p>
      )}
      {digestTo.length > 0 && mails && digestProblem !== null && (
        <p>{t('notice.digest.problem', { problem: digestProblem })}</p>
      )}
    </div>
  );
}

function NoticesForm({
  notices,
  clock,
  save,
}: {
  notices: Notices;
  clock: SiteClock;
  save: ReturnType<typeof useSaveNotices>;
}) {
  const t = useT();
  const [form, setForm] = useState({
    webhookUrl: notices.webhookUrl ?? '',
    digestTo: notices.digestTo.join('\n'),
    digestAt: notices.digestAt,
    digestLanguage: notices.digestLanguage,
  });
  const change = (one: Partial<typeof form>) => setForm({ ...form, ...one });
  return (
    <form
      className="pad stack g3"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate({
          version: notices.version,
          webhookUrl: form.webhookUrl.trim() || null,
          digestTo: form.digestTo.split(/[\s,;]+/).filter(Boolean),
          digestAt: form.digestAt,
          digestLanguage: form.digestLanguage,
        });
      }}
    >
      <p className="s13 muted">{t('notice.means')}</p>
      <TextInput
        label={t('notice.webhook')}
        description={t('notice.webhook.hint')}
        value={form.webhookUrl}
        maxLength={1000}
        onChange={(event) => change({ webhookUrl: event.currentTarget.value })}
      />
      <Textarea
        label={t('notice.mails')}
        description={t('notice.mails.hint')}
        rows={2}
        value={form.digestTo}
        onChange={(event) => change({ digestTo: event.currentTarget.value })}
      />
      <div className="row wrap top">
        <TextInput
          type="time"
          label={t('notice.at')}
          value={form.digestAt}
          onChange={(event) => change({ digestAt: event.currentTarget.value })}
        />
        <NativeSelect
          label={t('notice.language')}
          value={form.digestLanguage}
          data={[
            { value: 'en', label: t('reminders.language.en') },
            { value: 'fr', label: t('reminders.language.fr') },
          ]}
          onChange={(event) => change({ digestLanguage: event.currentTarget.value === 'fr' ? 'fr' : 'en' })}
        />
      </div>
      <div className="row wrap">
        <Button type="submit" loading={save.isPending}>
          {t('notice.save')}
        </Button>
        {save.isSuccess && <span className="small muted">{t('notice.saved')}</span>}
      </div>
      {save.error && <ErrorState problem={save.error} />}
      <State notices={notices} clock={clock} />
    </form>
  );
}

/** Whom this site has told of gaps. */
export function NoticesCard({ clock }: { clock: SiteClock }) {
  const t = useT();
  const { data, error, refetch } = useNotices();
  // Above the form, which begins anew with each saved version: the secret is shown once, and for as long as the page is open.
  const save = useSaveNotices();
  return (
    <section className="card noprint" aria-labelledby="notices">
      <header>
        <h2 id="notices">{t('notice.title')}</h2>
      </header>
      {error && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {save.data?.secret && (
        <p role="status" className="pad s13">
          {t('notice.secret')} <code className="secret">{save.data.secret}</code>
        </p>
      )}
      {data && <NoticesForm notices={data} clock={clock} save={save} />}
    </section>
  );
}
