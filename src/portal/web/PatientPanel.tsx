import { Button } from '@mantine/core';
import { IconMail, IconPaperclip } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { formatDate } from '../../language/dates.ts';
import { wordOr } from '../../language/messages.ts';
import { ApiProblem } from '../../ui/api.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { SidePanel } from '../../ui/SidePanel.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import type { ConfirmStep, PatientPanel as Panel, PanelEvent } from '../contract/patient-panel.ts';
import { useSize } from './AttachmentPicker.tsx';
import { BookingStatus } from './BookingStatus.tsx';
import { momentIn } from './day-groups.ts';
import { usePatientPanel } from './day-queries.ts';
import { writeMessageFilter } from './message-queries.ts';
import { WayList } from './WayList.tsx';
import { WhyMissing } from './WhyMissing.tsx';

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <section className="stack g1 panel-section">
      <h3>{title}</h3>
      {children}
    </section>
  );
}

function Details({ panel }: { panel: Panel }) {
  const t = useT();
  const language = useLanguage();
  const facts = [
    [t('portal.panel.birth-date'), panel.birthDate === null ? '–' : formatDate(language, panel.birthDate, 'day')],
    [t('portal.panel.chart'), panel.chartNumber ?? '–'],
    [t('portal.panel.phone'), panel.phone ?? '–'],
    [t('portal.panel.email'), panel.email ?? '–'],
    [t('portal.panel.language'), t(`portal.panel.language.${panel.language}`)],
    [t('portal.csv.patient-id'), panel.patientId],
  ];
  return (
    <Section title={t('portal.panel.details')}>
      <dl className="facts">
        {facts.map(([term, fact]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{fact}</dd>
          </div>
        ))}
      </dl>
      {panel.optedOut && (
        <div>
          <StatusChip tone="amber" label={t('portal.panel.opted-out')} />
        </div>
      )}
    </Section>
  );
}

/** Whether the patient can confirm by a link, and what is in the way if not. */
function Confirmation({ confirmation }: Pick<Panel, 'confirmation'>) {
  const t = useT();
  const { officeName: office, providerDisplay: provider, confirmed, steps, answer } = confirmation;
  const words = (step: ConfirmStep) => t(`portal.confirm.${step.step}.${step.state}`, { provider, office });
  const ofSchedule = answer !== null && answer.gapIds.length > 0;
  return (
    <Section title={t('portal.confirm.title')}>
      <p className="s13">
        {confirmed ? t('portal.confirm.confirmed') : answer ? words(answer) : t('portal.confirm.clear')}
        {!confirmed && ofSchedule && (
          <>
            {' '}
            <WhyMissing schedule={{ ...confirmation, gapIds: answer.gapIds }} feature="confirm" />
          </>
        )}
      </p>
      {!confirmed && (
        <details className="why-steps">
          <summary>{t(answer ? 'portal.confirm.why' : 'portal.why.steps')}</summary>
          <WayList
            label={t('portal.confirm.title')}
            steps={steps.map((step) => ({ ...step, key: step.step, text: words(step) }))}
          />
        </details>
      )}
    </Section>
  );
}

/** The latest ones, and earlier ones on demand: a patient of twenty years has hundreds. */
function Appointments({ panel, onPage }: { panel: Panel; onPage: (after: string | undefined) => void }) {
  const t = useT();
  const language = useLanguage();
  return (
    <Section title={t('portal.panel.appointments')}>
      {panel.appointments.length === 0 && <p className="s13 muted">{t('portal.panel.appointments.none')}</p>}
      <ul className="panel-list">
        {panel.appointments.map((one) => (
          <li key={one.bookingId} aria-current={one.bookingId === panel.bookingId ? 'true' : undefined}>
            <span className="row wrap">
              <strong>
                {formatDate(language, one.date)}, {one.start}
              </strong>
              <BookingStatus booking={one} />
            </span>
            <span className="small muted">
              {one.type !== null && `${one.type} · `}
              {one.providerDisplay}, {one.officeName}
            </span>
          </li>
        ))}
      </ul>
      <p className="row wrap">
        {panel.next !== null && (
          <button type="button" className="as-link" onClick={() => onPage(panel.next!)}>
            {t('portal.panel.earlier')}
          </button>
        )}
      </p>
    </Section>
  );
}

function Messages({ panel, onCompose }: { panel: Panel; onCompose: () => void }) {
  const t = useT();
  const language = useLanguage();
  return (
    <Section title={t('messages.title')}>
      {panel.threads.length === 0 && <p className="s13 muted">{t('portal.panel.messages.none')}</p>}
      <ul className="panel-list">
        {panel.threads.map((thread) => (
          <li key={thread.threadId}>
            <span className="row wrap">
              <Link to="/messages/$threadId" params={{ threadId: thread.threadId } as never}>
                {thread.subject}
              </Link>
              {thread.unread > 0 && <StatusChip tone="accent" label={t('messages.unread', { count: thread.unread })} />}
            </span>
            <span className="small muted">
              {t(`messages.kind.${thread.kind}`)}
              {thread.recipientName !== null && ` ${t('messages.list.to', { name: thread.recipientName })}`}
              {' · '}
              {momentIn(language, thread.lastAt, panel.today)}
            </span>
          </li>
        ))}
      </ul>
      <div className="row wrap">
        <Button leftSection={<IconMail size={16} stroke={1.75} aria-hidden />} onClick={onCompose}>
          {t('messages.act.message')}
        </Button>
        {panel.threads.length > 0 && (
          <Link to="/messages" search={writeMessageFilter({ show: 'all', booking: panel.bookingId }) as never}>
            {t('messages.act.threads')}
          </Link>
        )}
      </div>
    </Section>
  );
}

function Documents({ panel }: { panel: Panel }) {
  const t = useT();
  const language = useLanguage();
  const sizeOf = useSize();
  return (
    <Section title={t('portal.panel.documents')}>
      {panel.documents.length === 0 && <p className="s13 muted">{t('portal.panel.documents.none')}</p>}
      <ul className="panel-list">
        {panel.documents.map((one) => (
          <li key={one.fileId}>
            <span className="row">
              <IconPaperclip size={16} stroke={1.75} aria-hidden />
              <a href={`/api/files/${one.fileId}`} download>
                {one.title}
              </a>
            </span>
            <span className="small muted">
              {sizeOf(one.bytes)} · {t(one.theirs ? 'portal.panel.theirs' : 'portal.panel.ours')} ·{' '}
              {momentIn(language, one.sentAt, panel.today)}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function useEventWords(): (what: PanelEvent['what']) => string {
  const t = useT();
  return (what) => {
    if (what.kind === 'mail') return t(`portal.event.mail.${what.state}`);
    if (what.kind === 'message') return t(what.theirs ? 'portal.event.message.theirs' : 'portal.event.message.ours');
    const act =
      what.act === 'mark-reminded' ? t('portal.event.reminded') : wordOr(t, `write-back.${what.act}`, what.act);
    return t(`portal.event.act.${what.filed}`, { act });
  };
}

function History({ panel }: { panel: Panel }) {
  const t = useT();
  const language = useLanguage();
  const words = useEventWords();
  return (
    <Section title={t('portal.panel.history')}>
      {panel.history.length === 0 && <p className="s13 muted">{t('portal.panel.history.none')}</p>}
      <ol className="panel-list">
        {panel.history.map((event) => (
          <li key={`${event.at} ${words(event.what)}`}>
            <span>{words(event.what)}</span>
            <span className="small muted">
              {momentIn(language, event.at, panel.today)}
              {event.by !== null && ` · ${event.by}`}
            </span>
          </li>
        ))}
      </ol>
    </Section>
  );
}

/** The patient of the chosen booking, beside the list. Escape closes it. */
export function PatientPanel({
  bookingId,
  onCompose,
  onClose,
}: {
  bookingId: string;
  onCompose: (patient: string) => void;
  onClose: () => void;
}) {
  const t = useT();
  const [after, setAfter] = useState<string>();
  const { data: panel, error, refetch } = usePatientPanel(bookingId, after);
  const isGone = error instanceof ApiProblem && error.status === 404;
  return (
    <SidePanel title={(!error && panel?.display) || t('portal.list.patient')} onClose={onClose}>
      {isGone && <p className="s13 muted">{t('portal.panel.gone')}</p>}
      {error && !isGone && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {!error && !panel && <LoadingBlock />}
      {!error && panel && (
        <>
          <Details panel={panel} />
          <Confirmation confirmation={panel.confirmation} />
          <Appointments panel={panel} onPage={setAfter} />
          {after !== undefined && (
            <button type="button" className="as-link" onClick={() => setAfter(undefined)}>
              {t('portal.panel.latest')}
            </button>
          )}
          <Messages panel={panel} onCompose={() => onCompose(panel.display)} />
          <Documents panel={panel} />
          <History panel={panel} />
        </>
      )}
    </SidePanel>
  );
}
