import { IconCheck, IconMinus, IconX, type TablerIcon } from '@tabler/icons-react';
import { Banner } from '../../ui/Banner.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useT } from '../../ui/language.tsx';
import type { GateState } from '../contract/doctor.ts';
import { type DoctorCell, useWhyMissing } from './doctor-queries.ts';

const signs: Readonly<Record<GateState, TablerIcon>> = { passes: IconCheck, fails: IconX, unknown: IconMinus };

/** *Why is this missing?*: the way of a booking of this schedule to this feature, gate by gate; the first that fails is the answer. */
export function WhyPanel({ cell, readAt }: { cell: DoctorCell | null; readAt: string | undefined }) {
  const t = useT();
  const { data, error, refetch } = useWhyMissing(cell, readAt);
  return (
    <section className="card" aria-labelledby="why">
      <header>
        <h2 id="why">{t('doctor.why')}</h2>
      </header>
      <div className="pad stack g3" aria-live="polite">
        {cell === null && <p className="muted">{t('doctor.why.choose')}</p>}
        {cell !== null &&
          !data &&
          (error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />)}
        {data && (
          <>
            <p className="s14">
              <strong>
                {t('doctor.why.of', {
                  feature: t(`connect.feature.${data.feature}`),
                  provider: data.providerDisplay,
                  office: data.officeName,
                })}
              </strong>
            </p>
            <Banner tone={data.gates.some((gate) => gate.state === 'fails') ? 'red' : 'green'}>
              {data.answer.text}
            </Banner>
            <ol className="doctor-gates">
              {data.gates.map((gate) => {
                const Icon = signs[gate.state];
                return (
                  <li key={gate.gate} data-state={gate.state}>
                    <span className="doctor-gate-sign">
                      <Icon size={12} stroke={3} aria-hidden />
                    </span>
                    <span className="grow">
                      <span className="doctor-gate-text">{gate.text}</span>
                      {gate.detail !== null && <span className="small muted run-by">{gate.detail}</span>}
                      {gate.gapId !== null && (
                        <a className="small run-by" href={`#${gate.gapId}`}>
                          {gate.gapId}
                        </a>
                      )}
                    </span>
                    <span className="small muted nowrap">{t(`doctor.${gate.state}`)}</span>
                  </li>
                );
              })}
            </ol>
          </>
        )}
      </div>
    </section>
  );
}
