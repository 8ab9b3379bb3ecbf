import { formatDate } from '../../language/dates.ts';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { JudgedPatient, RuleTest } from '../contract/reminders.ts';
import { useColumnNames } from './column-names.ts';
import { WhyMissing } from './WhyMissing.tsx';

function Patients({ patients }: { patients: readonly JudgedPatient[] }) {
  const t = useT();
  return (
    <ul className="reminder-rows tested">
      {patients.map((one) => (
        <li key={one.bookingId}>
          <span className="num">{one.time}</span>
          <span>
            <b>{one.patientDisplay ?? t('portal.list.no-patient')}</b>
            <span className="small muted">
              {' '}
              · {one.providerDisplay}, {one.officeName} · {t(`reminders.language.${one.language}`)}
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** *Save & Test*: what would be sent today, and of everybody else the reason why not. */
export function RuleTestCard({ test }: { test: RuleTest }) {
  const t = useT();
  const language = useLanguage();
  const skipped = test.skipped.reduce((sum, { count }) => sum + count, 0);
  const known = test.invisible.reduce((sum, { bookings }) => sum + bookings, 0);
  const columnNames = useColumnNames();
  return (
    <section className="card" aria-labelledby="rule-test">
      <header>
        <h2 id="rule-test" className="grow">
          {t('reminders.test.title', { day: formatDate(language, test.today) })}
        </h2>
        <span className="small muted">{t('reminders.test.nothing-sent')}</span>
      </header>
      <div className="pad stack g3" role="status">
        <p>
          {t('reminders.test.would', {
            day: formatDate(language, test.appointmentDay),
            count: test.dueCount,
            time: test.runAt,
          })}
        </p>
        <dl className="rule-books">
          <div>
            <dt>{t('reminders.test.due')}</dt>
            <dd className="t-green">{test.dueCount}</dd>
          </div>
          <div>
            <dt>{t('reminders.test.skipped')}</dt>
            <dd>{skipped}</dd>
          </div>
          {test.invisible.length > 0 && (
            <div>
              <dt>{t('reminders.test.invisible')}</dt>
              <dd className="t-amber">{t('reminders.test.at-least', { count: known })}</dd>
            </div>
          )}
        </dl>
      </div>
      {(skipped > 0 || test.invisible.length > 0) && (
        <>
          <header>
            <h3>{t('reminders.test.why-not')}</h3>
          </header>
          <ul className="reminder-rows tested">
            {test.invisible.map((one) => (
              <li key={`${one.officeName} ${one.providerDisplay}`}>
                <span className="num t-amber">{one.bookings > 0 ? `≥ ${one.bookings}` : '?'}</span>
                <span>
                  <b>{t('reminders.test.cannot-be-read', { provider: one.providerDisplay, office: one.officeName })}</b>
                  <br />
                  <span className="small muted">
                    {one.missingColumns === 0
                      ? t('reminders.test.until-sync', { count: one.bookings })
                      : t('reminders.test.missing', { columns: columnNames(one.missingColumns), count: one.bookings })}
                  </span>{' '}
                  <span className="small">
                    <WhyMissing schedule={one} feature="reminders" />
                  </span>
                </span>
              </li>
            ))}
            {test.skipped.map((one) => (
              <li key={one.reason}>
                <span className="num">{one.count}</span>
                {one.patients.length === 0 ? (
                  <span>{t(`reminders.reason.${one.reason}`)}</span>
                ) : (
                  <details>
                    <summary>
                      {t(`reminders.reason.${one.reason}`)}
                      <span className="small muted"> · {t('reminders.test.names')}</span>
                    </summary>
                    <Patients patients={one.patients} />
                  </details>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      <header>
        <h3>{t('reminders.test.who')}</h3>
      </header>
      {test.due.length === 0 ? (
        <p className="pad muted">{t('reminders.test.nobody')}</p>
      ) : (
        <Patients patients={test.due} />
      )}
    </section>
  );
}
