import { Button, Checkbox } from '@mantine/core';
import { IconCircleX, IconClock, IconHourglass, IconMailForward, IconUserOff } from '@tabler/icons-react';
import { useState } from 'react';
import { formatDate, formatNumber } from '../../language/dates.ts';
import { listOf } from '../../language/lists.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { Diagnosis, Gap } from '../contract/doctor.ts';
import { fixableCauses } from '../contract/fix-requests.ts';
import { useRequestFix } from './doctor-queries.ts';
import { timeAt } from './site-time.ts';
import { useChooseProvider } from './sync-queries.ts';

/** An EMR administrator mends it in Manage Security, and has not done so yet. */
const isFixable = ({ cause, proof }: Gap): boolean => !proof && fixableCauses.some((one) => one === cause);

interface Choosing {
  readonly chosen: boolean;
  readonly requesting: boolean;
  readonly onChoose: (chosen: boolean) => void;
  readonly onRequest: () => void;
}

function GapItem({
  gap,
  diagnosis,
  choosing,
}: {
  gap: Gap;
  diagnosis: Diagnosis;
  /** undefined: no request can be made of it. */
  choosing: Choosing | undefined;
}) {
  const t = useT();
  const language = useLanguage();
  const choose = useChooseProvider();
  const { known } = gap;
  const Icon = gap.proof ? IconHourglass : gap.cause === 'selection' ? IconUserOff : IconCircleX;
  return (
    <li id={gap.gapId} className="doctor-gap" data-owner={gap.owner}>
      <Icon size={18} stroke={1.75} aria-hidden className="doctor-gap-sign" />
      <div className="grow stack g1">
        <p className="doctor-gap-head">
          <strong>{gap.title}</strong>
          <span className="small muted">
            {gap.gapId} · {t(`doctor.owner.${gap.owner}`)}
          </span>
        </p>
        {!gap.proof && <p className="s13">{gap.what}</p>}
        {gap.cause !== 'cells' && gap.features.length > 0 && (
          <p className="small muted">
            {t('doctor.breaks', {
              features: listOf(
                language,
                gap.features.map((one) => t(`doctor.short.${one}`)),
              ),
            })}
          </p>
        )}
        {(known.bookings > 0 || gap.since !== null) && (
          <p className="small muted">
            {gap.since !== null && `${t('doctor.since', { time: timeAt(language, gap.since, diagnosis) })}. `}
            {known.bookings > 0 &&
              t('doctor.known', {
                bookings: known.bookings,
                soon: formatNumber(language, known.next48Hours),
                patients: known.patientsNext48Hours,
              })}{' '}
            {known.parkedWriteBacks > 0 && t('doctor.known.parked', { count: known.parkedWriteBacks })}
          </p>
        )}
        {gap.proof ? (
          <>
            <p className="s13">
              {t(gap.proof.failing.length > 0 ? 'doctor.unproved' : 'doctor.proving', {
                time: timeAt(language, gap.proof.healedAt, diagnosis),
              })}
            </p>
            {gap.proof.failing.length > 0 && (
              <ul className="s13">
                {gap.proof.failing.map((one) => (
                  <li key={`${one.feature} ${one.text}`}>
                    <strong>{t(`doctor.short.${one.feature}`)}</strong>: {one.text}
                  </li>
                ))}
              </ul>
            )}
          </>
        ) : (
          <p className="s13">{gap.fix}</p>
        )}
        {gap.cause === 'selection' && gap.providerId !== null && !gap.proof && (
          <p className="row wrap noprint">
            <Button
              size="xs"
              loading={choose.isPending}
              onClick={() => choose.mutate({ providerId: gap.providerId!, choice: 'select' })}
            >
              {t('doctor.select')}
            </Button>
            <Button
              size="xs"
              variant="subtle"
              disabled={choose.isPending}
              onClick={() => choose.mutate({ providerId: gap.providerId!, choice: 'leave' })}
            >
              {t('doctor.leave')}
            </Button>
          </p>
        )}
        {choosing && (
          <p className="row wrap noprint">
            <Button
              size="xs"
              leftSection={<IconMailForward size={16} stroke={1.75} aria-hidden />}
              disabled={choosing.requesting}
              onClick={choosing.onRequest}
            >
              {t('fix.request')}
              <span className="vh"> {gap.gapId}</span>
            </Button>
            <Checkbox
              size="xs"
              label={
                <>
                  {t('fix.choose')}
                  <span className="vh"> {gap.gapId}</span>
                </>
              }
              checked={choosing.chosen}
              onChange={(event) => choosing.onChoose(event.currentTarget.checked)}
            />
          </p>
        )}
        {choose.error && <ErrorState problem={choose.error} />}
      </div>
    </li>
  );
}

/** Each root cause once, with what it breaks, what is known of it, and who does what about it; then what works still and lapses soon. */
export function GapList({ diagnosis }: { diagnosis: Diagnosis }) {
  const t = useT();
  const language = useLanguage();
  const { gaps, lapsingSoon, evidence } = diagnosis;
  const request = useRequestFix();
  const [ticked, setTicked] = useState<ReadonlySet<string>>(new Set());
  const fixable = gaps.filter(isFixable).map(({ gapId }) => gapId);
  const chosen = fixable.filter((gapId) => ticked.has(gapId));
  const onRequest = (gapIds: readonly string[]) => request.mutate({ gapIds: [...gapIds] });
  return (
    <section className="card" aria-labelledby="gaps">
      <header>
        <h2 id="gaps">{t('doctor.gaps')}</h2>
      </header>
      {fixable.length > 1 && (
        <div className="row wrap pad noprint">
          <Checkbox
            size="xs"
            label={t('fix.choose-all')}
            checked={chosen.length === fixable.length}
            indeterminate={chosen.length > 0 && chosen.length < fixable.length}
            onChange={(event) => setTicked(new Set(event.currentTarget.checked ? fixable : []))}
          />
          <Button size="xs" disabled={chosen.length === 0 || request.isPending} onClick={() => onRequest(chosen)}>
            {t('fix.request-several', { count: chosen.length })}
          </Button>
        </div>
      )}
      {request.error && (
        <div className="pad">
          <ErrorState problem={request.error} />
        </div>
      )}
      {gaps.length === 0 ? (
        <p className="pad s13">{t(evidence?.certainty === 'evidence' ? 'doctor.none.evidence' : 'doctor.none')}</p>
      ) : (
        <ul>
          {gaps.map((gap) => (
            <GapItem
              key={gap.gapId}
              gap={gap}
              diagnosis={diagnosis}
              choosing={
                isFixable(gap)
                  ? {
                      chosen: ticked.has(gap.gapId),
                      requesting: request.isPending,
                      onChoose: (is) =>
                        setTicked(
                          (before) =>
                            new Set(is ? [...before, gap.gapId] : [...before].filter((id) => id !== gap.gapId)),
                        ),
                      onRequest: () => onRequest([gap.gapId]),
                    }
                  : undefined
              }
            />
          ))}
        </ul>
      )}
      {lapsingSoon.length > 0 && (
        <>
          <h3 className="doctor-sub">{t('doctor.soon')}</h3>
          <ul>
            {lapsingSoon.map((one) => (
              <li key={`${one.officeId} ${one.providerId}`} className="doctor-gap" data-soon>
                <IconClock size={18} stroke={1.75} aria-hidden className="doctor-gap-sign" />
                <span className="grow">
                  {t('doctor.gap.title', { provider: one.providerDisplay, office: one.officeName })}
                </span>
                <span className="small muted nowrap">
                  {t('doctor.soon.line', { day: formatDate(language, one.lastDay, 'day') })}
                </span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
