import { Button, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy, IconExternalLink, IconPrinter, IconSquareCheck, IconSquareX } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import { columns } from '../../fhir/columns.ts';
import { columnName } from '../../language/column-name.ts';
import { formatDate } from '../../language/dates.ts';
import { listOf } from '../../language/lists.ts';
import { Banner } from '../../ui/Banner.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { Sentence, useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { QrCode } from '../../ui/QrCode.tsx';
import type { AskedOffice, FixRequest } from '../contract/fix-requests.ts';
import { useFixRequest } from './doctor-queries.ts';
import { dateTimeAt } from './site-time.ts';

/** A camera cannot tell the dots of a longer link apart on paper. */
const qrCharactersAtMost = 1200;

function Steps({ request }: { request: FixRequest }) {
  const t = useT();
  const language = useLanguage();
  const user = request.user ?? t('connect.gaps.user');
  const joins = request.offices.filter(({ membership }) => membership);
  const schedules = request.offices.flatMap(({ schedules: all }) => all);
  return (
    <section className="card" aria-labelledby="steps">
      <header>
        <h2 id="steps">{t('fix.steps')}</h2>
      </header>
      <div className="pad stack s13">
        {request.link !== null && (
          <p>
            <Sentence of="fix.step.link" />
          </p>
        )}
        <ol className="fix-steps">
          <li>
            <Sentence of="fix.step.open" params={{ user }} />
          </li>
          {joins.length > 0 && (
            <li>
              <Sentence
                of="fix.step.offices"
                params={{
                  offices: listOf(
                    language,
                    joins.map(({ officeName }) => officeName),
                  ),
                }}
              />
            </li>
          )}
          {schedules.some((one) => one.columns.length > 0) && (
            <li>
              <Sentence of="fix.step.tick" />
            </li>
          )}
          {schedules.some((one) => one.remove.length > 0) && (
            <li>
              <Sentence of="fix.step.untick" />
            </li>
          )}
          {schedules.some((one) => one.lapsedOn !== null) && (
            <li>
              <Sentence of="fix.step.until" />
            </li>
          )}
          {schedules.length > 0 && (
            <li>
              <Sentence of="fix.step.save" />
            </li>
          )}
        </ol>
        {asksForMore(request) && (
          <p>
            <Sentence of="fix.step.sync" />
          </p>
        )}
      </div>
    </section>
  );
}

/** Something is missing; otherwise all that it asks is to take away. */
const asksForMore = ({ offices }: FixRequest): boolean =>
  offices.some(
    ({ membership, schedules }) =>
      membership || schedules.some((one) => one.columns.length > 0 || one.lapsedOn !== null),
  );

const leadOf = (request: FixRequest) => {
  if (request.removals.asked === 0) return 'fix.lead';
  return asksForMore(request) ? 'fix.lead.both' : 'fix.lead.remove';
};

/** One office: each schedule with the six columns as the EMR's screen has them, and what is to be ticked. */
function Office({ office }: { office: AskedOffice }) {
  const t = useT();
  const language = useLanguage();
  const removes = office.schedules.some(({ why }) => why !== null);
  const lapsed = office.schedules.some(({ lapsedOn }) => lapsedOn !== null);
  return (
    <section
      className="card fix-office"
      aria-label={t(removes ? 'fix.table.remove' : 'fix.table', { office: office.officeName })}
    >
      <header>
        <h2>{office.officeName}</h2>
      </header>
      {office.membership && <p className="pad s13">{t('fix.member')}</p>}
      {office.schedules.length > 0 && (
        <table className="data">
          <thead>
            <tr>
              <th scope="col">{t('fix.schedule')}</th>
              {columns.map((column) => (
                <th key={column} scope="col" className="center">
                  {t(columnName(column))}
                </th>
              ))}
              {lapsed && <th scope="col">{t('emr.permissions.access-until')}</th>}
              <th scope="col">{t(removes ? 'fix.why' : 'fix.for')}</th>
            </tr>
          </thead>
          <tbody>
            {office.schedules.map((one) => (
              <tr key={one.providerId}>
                <th scope="row">{one.providerDisplay}</th>
                {columns.map((column) => (
                  <td key={column} className="center" data-label={t(columnName(column))}>
                    {one.columns.includes(column) && (
                      <IconSquareCheck size={20} stroke={1.75} role="img" aria-label={t('fix.tick')} />
                    )}
                    {one.remove.includes(column) && (
                      <span className="fix-untick">
                        <IconSquareX size={20} stroke={1.75} aria-hidden />
                        <span className="small">{t('fix.untick')}</span>
                      </span>
                    )}
                  </td>
                ))}
                {lapsed && (
                  <td data-label={t('emr.permissions.access-until')}>
                    {one.lapsedOn !== null && t('fix.new-date', { day: formatDate(language, one.lapsedOn, 'day') })}
                  </td>
                )}
                <td className="small" data-label={t(removes ? 'fix.why' : 'fix.for')}>
                  {[
                    ...(one.features.length > 0
                      ? [
                          listOf(
                            language,
                            one.features.map((feature) => t(`doctor.short.${feature}`)),
                          ),
                        ]
                      : []),
                    ...(one.why === null ? [] : [t(`fix.why.${one.why}`)]),
                  ].join('; ')}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function Facts({ request }: { request: FixRequest }) {
  const t = useT();
  const language = useLanguage();
  const at = (instant: string) => dateTimeAt(language, instant, request);
  const facts: readonly (readonly [string, string])[] = [
    [t('fix.facts.user'), request.user ?? t('connect.gaps.user')],
    [t('fix.facts.made'), t('fix.requests.line', { time: at(request.requestedAt), who: request.requestedBy })],
    [t('fix.facts.until'), at(request.expiresAt)],
    ...(request.gapIds.length > 0 ? [[t('fix.facts.gaps'), request.gapIds.join(', ')] as const] : []),
    ...(request.removals.asked > 0
      ? [[t('fix.facts.ticks'), t('fix.facts.ticks.count', { count: request.removals.asked })] as const]
      : []),
  ];
  return (
    <dl className="certificate-facts grow">
      {facts.map(([term, fact]) => (
        <div key={term}>
          <dt>{term}</dt>
          <dd>{fact}</dd>
        </div>
      ))}
    </dl>
  );
}

/** What an EMR administrator is asked for: a link that opens it there, and a page that says the same on paper. */
export function FixRequestPage() {
  const t = useT();
  const { fixRequestId } = useParams({ from: '/fix-requests/$fixRequestId' });
  const { data: request, error, refetch } = useFixRequest(fixRequestId);
  const back = (
    <p className="noprint">
      <Link to="/doctor">{t('fix.back')}</Link>
    </p>
  );
  if (!request) {
    return (
      <Page title={t('fix.title')}>
        {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
        {back}
      </Page>
    );
  }
  const link = request.isExpired ? null : request.link;
  const more = asksForMore(request);
  const isOver = request.openGapIds.length === 0 && request.removals.open === 0;
  return (
    <Page
      title={t('fix.title')}
      actions={
        <span className="row wrap noprint">
          {link !== null && (
            <>
              <Button
                component="a"
                href={link}
                target="_blank"
                rel="noopener noreferrer"
                variant="filled"
                leftSection={<IconExternalLink size={16} stroke={1.75} aria-hidden />}
              >
                {t('fix.open')}
              </Button>
              <CopyButton value={link}>
                {({ copied, copy }) => (
                  <Button
                    leftSection={
                      copied ? (
                        <IconCheck size={16} stroke={1.75} aria-hidden />
                      ) : (
                        <IconCopy size={16} stroke={1.75} aria-hidden />
                      )
                    }
                    onClick={copy}
                  >
                    {t(copied ? 'fix.copied' : 'fix.copy')}
                  </Button>
                )}
              </CopyButton>
            </>
          )}
          <Button leftSection={<IconPrinter size={16} stroke={1.75} aria-hidden />} onClick={() => window.print()}>
            {t('fix.print')}
          </Button>
        </span>
      }
    >
      <div className="stack g3 fix-request">
        {back}
        {isOver ? (
          <Banner tone="green" announce="status">
            {t(more ? 'fix.done' : 'fix.removed')}
          </Banner>
        ) : request.removals.needed > 0 ? (
          <Banner tone="amber" announce="status">
            {t('fix.needed-again', { count: request.removals.needed })}
          </Banner>
        ) : request.isExpired ? (
          <Banner tone="amber">{t('fix.expired')}</Banner>
        ) : (
          request.link === null && <Banner tone="amber">{t('fix.no-link')}</Banner>
        )}
        <p>{t(isOver ? 'fix.lead.was' : leadOf(request), { user: request.user ?? t('connect.gaps.user') })}</p>
        <div className="row top wrap">
          <Facts request={request} />
          {link !== null && link.length <= qrCharactersAtMost && (
            <figure className="fix-qr">
              <QrCode text={link} name={t('fix.qr')} />
              <figcaption className="small muted">{t('fix.qr.what')}</figcaption>
            </figure>
          )}
        </div>
        {/* Nobody is told on paper to clear what is needed. */}
        {request.removals.needed === 0 && <Steps request={request} />}
        {request.offices.map((office) => (
          <Office key={office.officeId} office={office} />
        ))}
      </div>
    </Page>
  );
}
