import { IconEyeOff, IconUserOff } from '@tabler/icons-react';
import { useT } from '../../ui/language.tsx';
import type { ListedSchedule } from '../contract/patients.ts';
import { useReason } from './reason.ts';
import { WhyMissing } from './WhyMissing.tsx';

const isUnselected = ({ outcome }: ListedSchedule): boolean => outcome === 'not-selected';

function Sign({ schedule }: { schedule: ListedSchedule }) {
  const Icon = isUnselected(schedule) ? IconUserOff : IconEyeOff;
  return <Icon size={16} stroke={1.75} aria-hidden className={isUnselected(schedule) ? 'faint' : 't-amber'} />;
}

/** Schedules of which nothing at all can be shown: each by name, with the reason and who can change it. */
export function NotShown({ schedules }: { schedules: readonly ListedSchedule[] }) {
  const t = useT();
  const reason = useReason();
  if (schedules.length === 0) return null;
  return (
    <section className="card not-shown sheet" id="not-shown" aria-labelledby="not-shown-title">
      <header>
        <h2 id="not-shown-title" className="grow">
          {t('portal.not-shown')} <span className="muted">· {schedules.length}</span>
        </h2>
      </header>
      <p className="not-shown-means s13">{t('portal.not-shown.means')}</p>
      <ul>
        {schedules.map((schedule) => (
          <li key={`${schedule.officeId} ${schedule.providerId}`}>
            <Sign schedule={schedule} />
            <span className="who">
              <strong>{schedule.providerDisplay}</strong>
              <span className="muted"> · {schedule.officeName}</span>
            </span>
            <span className="why">
              {reason(schedule)} <WhyMissing schedule={schedule} />
            </span>
          </li>
        ))}
      </ul>
      <div className="not-shown-who small muted stack g1">
        {!schedules.every(isUnselected) && <p>{t('portal.notice.who-emr')}</p>}
        {schedules.some(isUnselected) && <p>{t('portal.notice.who-select')}</p>}
      </div>
    </section>
  );
}

/** The same in the sidebar: under the provider filter, because that is where a missing name is looked for. */
export function NotShownNames({ schedules }: { schedules: readonly ListedSchedule[] }) {
  const t = useT();
  if (schedules.length === 0) return null;
  const providers = [...Map.groupBy(schedules, (one) => one.providerId).values()].map((own) => own[0]!);
  return (
    <section aria-labelledby="not-shown-names">
      <h2 id="not-shown-names" className="filter-legend">
        {t('portal.not-shown')}
      </h2>
      <ul className="stack g1 s13">
        {providers.map((schedule) => (
          <li key={schedule.providerId} className="row top">
            <Sign schedule={schedule} />
            <span>
              {schedule.providerDisplay}
              <span className="small muted">
                {' · '}
                {t(isUnselected(schedule) ? 'portal.not-shown.unselected' : 'portal.not-shown.unreadable')}
              </span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
