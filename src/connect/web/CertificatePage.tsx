import { Button } from '@mantine/core';
import { IconCircleCheck, IconCircleMinus, IconCircleX, IconDownload, IconPrinter } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { columns } from '../../fhir/columns.ts';
import { columnName } from '../../language/column-name.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import type { CertificateView, CertifiedCell, CertifiedFeature, ProbeResult } from '../contract/certificates.ts';
import { useCertificate } from './doctor-queries.ts';
import { dateTimeAt } from './site-time.ts';

const signs = {
  passed: { tone: 'green', icon: IconCircleCheck },
  failed: { tone: 'red', icon: IconCircleX },
  'not-probed': { tone: 'neutral', icon: IconCircleMinus },
} as const satisfies Record<ProbeResult, unknown>;

type Place = Pick<CertifiedCell, 'officeId' | 'providerId'>;
const isOf = (one: Place) => (other: Place) => one.officeId === other.officeId && one.providerId === other.providerId;

function Facts({ view }: { view: CertificateView }) {
  const t = useT();
  const language = useLanguage();
  const { content, keyId } = view;
  const facts: readonly (readonly [string, string])[] = [
    [t('certificate.gap'), content.gap.gapId],
    [t('certificate.issued'), dateTimeAt(language, content.issuedAt, view)],
    [t('certificate.emr'), content.emr.baseUrl],
    [t('certificate.user'), content.emr.user],
    [t('certificate.key'), keyId],
  ];
  return (
    <dl className="certificate-facts">
      {facts.map(([term, fact]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}

const isTried = ({ probe }: CertifiedFeature): boolean => probe.result !== 'not-probed';
/** Otherwise it works by what the cells say, and nobody has seen it. */
const isSeen = (one: CertifiedFeature): boolean =>
  isTried(one) || (one.after !== 'works' && one.after !== 'lapses-soon');

/** One schedule: its six cells before and after, each feature with its probe, and what the portal shows. */
function Schedule({ view, count }: { view: CertificateView; count: CertificateView['content']['counts'][number] }) {
  const t = useT();
  const { content, said } = view;
  const cells = content.cells.filter(isOf(count));
  const held = (yes: boolean | undefined) => t(yes ? 'certificate.held' : 'certificate.not-held');
  const name = t('doctor.gap.title', { provider: count.providerDisplay, office: count.officeName });
  return (
    <section className="card" aria-label={name}>
      <header>
        <h2>{name}</h2>
      </header>
      <table className="data" aria-label={`${t('certificate.cells')}: ${name}`}>
        <thead>
          <tr>
            <th scope="col">{t('certificate.column')}</th>
            <th scope="col">{t('certificate.before')}</th>
            <th scope="col">{t('certificate.after')}</th>
          </tr>
        </thead>
        <tbody>
          {columns.map((column) => {
            const cell = cells.find((one) => one.column === column);
            return (
              <tr key={column} className={cell?.before === cell?.after ? undefined : 'changed'}>
                <th scope="row">{t(columnName(column))}</th>
                <td>{held(cell?.before)}</td>
                <td>{held(cell?.after)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <table className="data" aria-label={`${t('certificate.features')}: ${name}`}>
        <thead>
          <tr>
            <th scope="col">{t('certificate.feature')}</th>
            <th scope="col">{t('certificate.before')}</th>
            <th scope="col">{t('certificate.after')}</th>
            <th scope="col">{t('certificate.probe')}</th>
          </tr>
        </thead>
        <tbody>
          {content.features.map((one, index) =>
            isOf(count)(one) ? (
              <tr key={one.feature}>
                <th scope="row">{t(`doctor.short.${one.feature}`)}</th>
                <td>{t(`doctor.state.${one.before}`)}</td>
                <td>{isSeen(one) ? t(`doctor.state.${one.after}`) : t('certificate.not-tried')}</td>
                <td>
                  <StatusChip {...signs[one.probe.result]} label={t(`certificate.result.${one.probe.result}`)} />{' '}
                  <span className="small muted">{said[index]?.text}</span>
                </td>
              </tr>
            ) : null,
          )}
        </tbody>
      </table>
      <p className="pad s13">
        {t('certificate.counts', {
          before: t('certificate.shown', count.before),
          after: t('certificate.shown', count.after),
        })}
      </p>
    </section>
  );
}

/** A certificate as people read and print it; the file is what can be checked. */
export function CertificatePage() {
  const t = useT();
  const language = useLanguage();
  const { certificateId } = useParams({ from: '/certificates/$certificateId' });
  const { data: view, error, refetch } = useCertificate(certificateId);
  const back = (
    <p className="noprint">
      <Link to="/doctor">{t('certificate.back')}</Link>
    </p>
  );
  if (!view) {
    return (
      <Page title={t('certificate.title')}>
        {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
        {back}
      </Page>
    );
  }
  const { content } = view;
  const at = (instant: string) => dateTimeAt(language, instant, view);
  return (
    <Page
      title={t('certificate.of', { title: view.title })}
      actions={
        <span className="row wrap noprint">
          <Button
            component="a"
            href={`/api/certificates/${encodeURIComponent(certificateId)}/file`}
            leftSection={<IconDownload size={16} stroke={1.75} aria-hidden />}
          >
            {t('certificate.save')}
          </Button>
          <Button leftSection={<IconPrinter size={16} stroke={1.75} aria-hidden />} onClick={() => window.print()}>
            {t('certificate.print')}
          </Button>
        </span>
      }
    >
      <div className="stack g3 certificate">
        {back}
        <p>
          {t('certificate.lead', {
            site: content.site,
            opened: at(content.gap.openedAt),
            healed: at(content.gap.healedAt),
            tried: content.features.filter(isTried).length,
            all: content.features.length,
            others: content.features.filter((one) => !isTried(one)).length,
          })}
        </p>
        <Facts view={view} />
        {content.counts.map((count) => (
          <Schedule key={`${count.officeId} ${count.providerId}`} view={view} count={count} />
        ))}
        <section className="card" aria-labelledby="evidence">
          <header>
            <h2 id="evidence">{t('certificate.evidence')}</h2>
          </header>
          <ul className="pad s13">
            <li>
              {t('certificate.versions', {
                before: content.evidence.permissionVersionBefore,
                after: content.evidence.permissionVersionAfter,
              })}
            </li>
            {content.evidence.runs.map((run) => (
              <li key={run.runId}>
                {t('certificate.run', {
                  mode: t(`connect.kind.${run.mode}`),
                  runId: run.runId,
                  time: at(run.endedAt),
                })}
              </li>
            ))}
          </ul>
        </section>
        <p className="small muted">{t('certificate.verify', { keys: `${location.origin}/certificate-keys` })}</p>
      </div>
    </Page>
  );
}
