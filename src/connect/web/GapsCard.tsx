import { Button } from '@mantine/core';
import { IconCopy, IconMailForward } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { columnsIn } from '../../fhir/columns.ts';
import { columnName } from '../../language/column-name.ts';
import { formatDate } from '../../language/dates.ts';
import { listOf } from '../../language/lists.ts';
import type { Language } from '../../language/messages.ts';
import { Sentence, type Translate, useLanguage, useT } from '../../ui/language.tsx';
import type { SliceStatus, SyncStatus } from '../contract/sync.ts';
import { isForEmrAdministrator, useSettingsInUse } from './sync-queries.ts';

/** "Dr. Fern Wobbleton, Lantern Hill: Scheduling and Patient". Names of staff and columns; nothing of a patient. */
function gapLine(slice: SliceStatus, t: Translate, language: Language): string {
  const wantedColumns = slice.member && slice.lapsedOn === null ? slice.missingColumns : slice.untickedColumns;
  const columns = columnsIn(wantedColumns).map((column) => t(columnName(column)));
  const wanted = [
    !slice.member && t('connect.gaps.membership'),
    columns.length > 0 && listOf(language, columns),
    slice.lapsedOn !== null && t('connect.gaps.lapsed', { day: formatDate(language, slice.lapsedOn, 'day') }),
  ].filter((one) => one !== false);
  return t('connect.gaps.line', {
    provider: slice.providerDisplay,
    office: slice.officeName,
    wanted: wanted.join('; '),
  });
}

/** What to do about the gaps: the two people, the two steps, and the text that the one sends to the other. */
export function GapsCard({ status }: { status: SyncStatus }) {
  const t = useT();
  const language = useLanguage();
  const settings = useSettingsInUse();
  const [copied, setCopied] = useState<'no' | 'yes' | 'refused'>('no');
  const lines = status.schedules.filter(isForEmrAdministrator).map((slice) => gapLine(slice, t, language));
  // What waits for a decision has a card of its own.
  const waiting = status.schedules.filter((slice) => slice.outcome === 'waiting').length;
  if (status.books.gaps === waiting && lines.length === 0) return null;
  // Of an EMR that announces its changes it is read by itself what they open.
  const announced = status.announcements.state === 'on';
  const user = settings.data?.integrationUser ?? t('connect.gaps.user');
  const text = [
    t('connect.gaps.please', { user }),
    ...lines.map((line) => `- ${line}`),
    t(announced ? 'connect.gaps.then-announced' : 'connect.gaps.then'),
  ].join('\n');
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => setCopied('yes'),
      () => setCopied('refused'),
    );
  return (
    <section className="card" aria-labelledby="gaps">
      <header>
        <h2 id="gaps">{t('connect.gaps.title')}</h2>
      </header>
      <div className="pad stack g3">
        <ol className="connect-steps">
          {lines.length > 0 && (
            <li>
              <Sentence of="connect.gaps.step.emr" params={{ user }} />
            </li>
          )}
          <li>
            <Sentence
              of={
                lines.length === 0
                  ? 'connect.gaps.step.full-alone'
                  : announced
                    ? 'fix.step.sync'
                    : 'connect.gaps.step.full'
              }
            />
          </li>
        </ol>
        {lines.length > 0 && (
          <>
            <pre className="diagnostics">{text}</pre>
            <div className="row wrap noprint">
              <Button
                component={Link}
                to="/doctor"
                leftSection={<IconMailForward size={16} stroke={1.75} aria-hidden />}
              >
                {t('fix.from-home')}
              </Button>
              <Button leftSection={<IconCopy size={16} stroke={1.75} aria-hidden />} onClick={() => void copy()}>
                {t('connect.gaps.copy')}
              </Button>
              <span role="status" className="s13">
                {copied === 'yes' && t('help.copied')}
                {copied === 'refused' && t('help.copy-failed')}
              </span>
            </div>
          </>
        )}
      </div>
    </section>
  );
}
