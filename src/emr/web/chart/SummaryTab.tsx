import { formatDate } from '../../../language/dates.ts';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import type { Chart } from '../../contract/chart.ts';
import { moneyWords, pairOf, placeWords, timeWords } from './chart-words.ts';
import { Withheld } from './Withheld.tsx';

/** Who it is and how to reach him, where he is known, and the newest of each tab. */
export function SummaryTab({ chart }: { chart: Chart }) {
  const t = useT();
  const language = useLanguage();
  const { patient, withheldPatient } = chart;
  const latest = [
    [t('chart-page.tab.appointments'), newest(chart.appointments.entries, ({ type, start }) => [type, start] as const)],
    [t('chart-page.tab.documents'), newest(chart.documents.entries, ({ title, filed }) => [title, filed] as const)],
    [t('chart-page.tab.notes'), newest(chart.notes.entries, ({ type, start }) => [type, start] as const)],
    [t('chart-page.tab.results'), newest(chart.results.entries, ({ name, effective }) => [name, effective] as const)],
  ] as const;
  return (
    <div className="stack g3">
      {'masked' in patient ? null : (
        <div className="summary">
          <section className="card">
            <header>
              <h2>{t('chart-page.details')}</h2>
            </header>
            <dl className="facts pad">
              <Fact term={t('chart-page.born')}>
                {patient.birthDate === null ? '–' : formatDate(language, patient.birthDate, 'day')}
              </Fact>
              <Fact term={t('chart-page.gender')}>{genderWord(t, patient.gender)}</Fact>
              <Fact term={t('chart-page.chart-number')}>{patient.chartNumber ?? '–'}</Fact>
              <Fact term={t('chart-page.phone')}>{patient.phone ?? '–'}</Fact>
              <Fact term={t('chart-page.email')}>{patient.email ?? '–'}</Fact>
              <Fact term={t('chart-page.language')}>{t(`chart-page.language.${patient.language}`)}</Fact>
              <Fact term={t('chart-page.id')}>{patient.patientId}</Fact>
            </dl>
          </section>
          <section className="card">
            <header>
              <h2>{t('chart-page.known-at')}</h2>
            </header>
            <ul className="pad stack">
              {patient.knownAt.map((place) => (
                <li key={pairOf(place)} className="row wrap s13">
                  {placeWords(place)}
                  {place.attached && <StatusChip tone="accent" label={t('chart-page.attached')} />}
                </li>
              ))}
            </ul>
          </section>
          <section className="card">
            <header>
              <h2>{t('chart-page.latest')}</h2>
            </header>
            <dl className="facts pad">
              {latest.map(([term, found]) => (
                <Fact key={term} term={term}>
                  {found ? [found[0], timeWords(language, found[1])].filter(Boolean).join(' · ') : '–'}
                </Fact>
              ))}
              <Fact term={t('chart-page.balance')}>
                {chart.bills.accounts.length === 0 ? '–' : moneyWords(language, chart.bills.balanceCents)}
              </Fact>
            </dl>
            <p className="pad s13 muted">{t('chart-page.latest-what')}</p>
          </section>
        </div>
      )}
      <Withheld cells={withheldPatient} empty={'masked' in patient} />
    </div>
  );
}

const newest = <T, R>(entries: readonly T[], say: (entry: T) => R): R | undefined => {
  const first = entries.find((one) => (one as { status?: string }).status !== 'entered-in-error');
  return first === undefined ? undefined : say(first);
};

function genderWord(t: ReturnType<typeof useT>, gender: string | null): string {
  switch (gender) {
    case 'male':
      return t('chart-page.gender.male');
    case 'female':
      return t('chart-page.gender.female');
    case 'other':
      return t('chart-page.gender.other');
    case 'unknown':
      return t('chart-page.gender.unknown');
    default:
      return '–';
  }
}

function Fact({ term, children }: { term: string; children: string }) {
  return (
    <div>
      <dt>{term}</dt>
      <dd>{children}</dd>
    </div>
  );
}
