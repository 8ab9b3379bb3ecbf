import { Button, NativeSelect, TextInput } from '@mantine/core';
import { IconCircleCheck, IconCircleX, IconSearch } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { formatDate } from '../../language/dates.ts';
import { api } from '../../ui/api.ts';
import { Banner } from '../../ui/Banner.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { type WhyAnswer, type WhyPlace, type WhyQuery, type WhySchedule, whyPlaces } from '../contract/why.ts';
import { momentIn } from './day-groups.ts';
import { WayList } from './WayList.tsx';
import { WhyMissing } from './WhyMissing.tsx';

const text = (value: unknown): string | undefined =>
  (typeof value === 'string' || typeof value === 'number') && String(value).trim() !== ''
    ? String(value).trim()
    : undefined;

/** From an address, whoever has written it. */
export const readWhySearch = (search: Readonly<Record<string, unknown>>): WhyQuery => {
  const feature = whyPlaces.find((place) => place === search.feature);
  return {
    ...Object.fromEntries(
      (['name', 'date', 'time', 'office', 'provider'] as const).flatMap((key) => {
        const value = text(search[key]);
        return value === undefined ? [] : [[key, value]];
      }),
    ),
    ...(feature ? { feature } : {}),
  };
};

function useWhy(asked: WhyQuery) {
  const query = new URLSearchParams(Object.entries(asked) as [string, string][]);
  return useQuery({
    queryKey: ['why', asked],
    queryFn: ({ signal }) => api<WhyAnswer>(`/api/why?${query}`, { signal }),
    placeholderData: keepPreviousData,
    refetchInterval: 5000,
  });
}

/** What is known of the booking; asked with one press. */
function AskForm({ answer, onAsk }: { answer: WhyAnswer; onAsk: (asked: WhyQuery) => void }) {
  const t = useT();
  const { asked, schedules } = answer;
  const [providers] = useState(() => [
    ...new Map(schedules.map(({ providerId, providerDisplay }) => [providerId, providerDisplay])),
  ]);
  return (
    <form
      className="card pad why-form"
      onSubmit={(event) => {
        event.preventDefault();
        const data = new FormData(event.currentTarget);
        onAsk(readWhySearch({ ...Object.fromEntries(data), office: asked.office, feature: asked.feature }));
      }}
    >
      <TextInput name="name" label={t('portal.why.name')} defaultValue={asked.name ?? ''} maxLength={200} />
      <TextInput name="date" type="date" label={t('portal.why.date')} defaultValue={asked.date ?? ''} />
      <TextInput name="time" type="time" label={t('portal.why.time')} defaultValue={asked.time ?? ''} />
      <NativeSelect
        name="provider"
        label={t('portal.why.provider')}
        defaultValue={asked.provider ?? ''}
        data={[
          { value: '', label: t('portal.why.any-provider') },
          ...providers.map(([value, label]) => ({ value, label })),
        ]}
      />
      <Button type="submit" variant="filled" leftSection={<IconSearch size={16} stroke={1.75} aria-hidden />}>
        {t('portal.why.ask')}
      </Button>
    </form>
  );
}

function Found({ answer }: { answer: WhyAnswer }) {
  const t = useT();
  const language = useLanguage();
  if (answer.found.length === 0) {
    return answer.asked.name || answer.asked.time ? <p>{t('portal.why.not-found')}</p> : null;
  }
  return (
    <section className="card" aria-labelledby="why-found">
      <header>
        <h2 id="why-found">{t('portal.why.found')}</h2>
      </header>
      <ul className="why-list">
        {answer.found.map((one) => (
          <li key={one.bookingId}>
            <IconCircleCheck size={16} stroke={1.75} aria-hidden className="t-green" />
            <span className="grow">
              <strong>{one.patientDisplay ?? t('portal.list.no-patient')}</strong>{' '}
              <span className="muted">
                {formatDate(language, one.date)}, {one.start} · {one.providerDisplay}, {one.officeName}
              </span>
            </span>
            <Link to="/" search={{ date: one.date, office: one.officeId, provider: [one.providerId] } as never}>
              {t('portal.why.found.open')}
            </Link>
          </li>
        ))}
      </ul>
      {answer.more && <p className="pad muted s13">{t('portal.why.more')}</p>}
    </section>
  );
}

function Steps({ schedule }: { schedule: WhySchedule }) {
  const t = useT();
  const { officeName: office, providerDisplay: provider, gates } = schedule;
  const words = { passes: 'passed', fails: 'gate', unknown: 'unknown' } as const;
  return (
    <details className="why-steps">
      <summary>{t('portal.why.steps')}</summary>
      <WayList
        label={t('portal.why.whom', { provider, office })}
        steps={gates.map(({ gate, state, gapId }) => ({
          key: String(gate),
          state,
          text: t(`portal.why.${words[state]}.${gate}` as 'portal.why.gate.1', { provider, office }),
          gapIds: gapId === null ? [] : [gapId],
        }))}
      />
    </details>
  );
}

function Way({ schedule, today, place }: { schedule: WhySchedule; today: string; place: WhyPlace }) {
  const t = useT();
  const language = useLanguage();
  const { answer, officeName: office, providerDisplay: provider, matchedAsOf } = schedule;
  const failing = schedule.gates.filter(({ state }) => state === 'fails');
  if (!answer) {
    return (
      <li>
        <IconCircleCheck size={16} stroke={1.75} aria-hidden className="t-green" />
        <span className="grow">
          {t('portal.why.clear', { provider, office, at: matchedAsOf ? momentIn(language, matchedAsOf, today) : '–' })}
        </span>
        <Steps schedule={schedule} />
      </li>
    );
  }
  const gapIds = [...new Set(failing.flatMap(({ gapId }) => gapId ?? []))];
  return (
    <li>
      <IconCircleX size={16} stroke={1.75} aria-hidden className="t-red" />
      <span className="grow">
        <strong>{provider}</strong> <span className="muted">· {office}</span>
        <br />
        {failing.map(({ gate }) => t(`portal.why.gate.${gate}`, { provider, office })).join(' ')}
      </span>
      <span>
        <WhyMissing schedule={{ ...schedule, gapIds }} feature={place} />
      </span>
      <Steps schedule={schedule} />
    </li>
  );
}

/** *Why is this missing?*, for whoever expected a booking: what he may see is found, and what is in the way is named. */
export function WhyPage({ asked, onAsk }: { asked: WhyQuery; onAsk: (asked: WhyQuery) => void }) {
  const t = useT();
  const language = useLanguage();
  const { data, error, refetch } = useWhy(asked);
  const title = t('portal.why');
  if (!data) {
    return (
      <Page title={title}>
        {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
      </Page>
    );
  }
  const { date } = data.asked;
  const place = data.asked.feature ?? 'day-sheet';
  const blocked = data.schedules.filter(({ answer }) => answer !== null);
  // Without a word of where, the schedules that have nothing in the way would only hide those that have.
  const told = data.asked.provider === undefined && data.asked.office === undefined ? blocked : data.schedules;
  return (
    <Page title={title}>
      {error && <ErrorState problem={error} onRetry={() => void refetch()} />}
      <p className="muted">{t('portal.why.intro')}</p>
      <div className="stack g3">
        <AskForm answer={data} onAsk={onAsk} />
        <div role="status" className="stack g3">
          {date !== undefined && data.lastDay !== null && date > data.lastDay && (
            <Banner tone="amber">
              {t('portal.why.beyond', { days: data.windowDays ?? 0, last: formatDate(language, data.lastDay) })}
            </Banner>
          )}
          {date !== undefined && date < data.today && <Banner tone="amber">{t('portal.why.past')}</Banner>}
          <Found answer={data} />
          <section className="card why-ways" aria-labelledby="why-ways">
            <header>
              <h2 id="why-ways" className="grow">
                {t(`portal.why.ways.${place}`)}
              </h2>
              <span className="small muted">
                {blocked.length === 0 ? t('portal.why.none') : t('portal.why.schedules', { count: blocked.length })}
              </span>
            </header>
            {told.length > 0 && (
              <ul className="why-list">
                {told.map((schedule) => (
                  <Way
                    key={`${schedule.officeId} ${schedule.providerId}`}
                    schedule={schedule}
                    today={data.today}
                    place={place}
                  />
                ))}
              </ul>
            )}
          </section>
        </div>
      </div>
    </Page>
  );
}
