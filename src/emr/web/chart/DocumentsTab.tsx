import { Button, Checkbox, Select } from '@mantine/core';
import { IconDownload, IconFolder, IconUpload } from '@tabler/icons-react';
import { useState } from 'react';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { Chart, ChartDocument } from '../../contract/chart.ts';
import { AddDocument } from './AddDocument.tsx';
import { type EntryToWithdraw, useEntries } from './chart.queries.ts';
import { sizeOf } from './chart-words.ts';
import { EntryMenu, EntryStatus, TabFrame, Whence } from './EntryParts.tsx';
import type { Picked } from './picked.ts';
import { preferredOf } from './preferred-place.ts';
import { canBeViewed, ViewDocument } from './ViewDocument.tsx';

export function DocumentsTab({
  patientId,
  chart,
  picked,
  onWithdraw,
}: {
  patientId: string;
  chart: Chart;
  picked: Picked;
  onWithdraw: (entry: EntryToWithdraw) => void;
}) {
  const t = useT();
  const { entries, tab, ...read } = useEntries(patientId, 'documents', chart.documents);
  const [folder, setFolder] = useState<string | null>(null);
  const [adding, setAdding] = useState(false);
  const [viewed, setViewed] = useState<ChartDocument>();
  const { folders, mayAddAt } = tab;
  const known = folders.some((one) => one.folder === folder) ? folder : null;
  const shown = entries.filter((one) => known === null || one.folder === known);
  const all = folders.reduce((sum, { count }) => sum + count, 0);
  const choices = [
    { folder: null, label: t('chart-page.document.all', { count: all }) },
    ...folders.map((one) => ({
      folder: one.folder,
      label: t('chart-page.document.folder-of', { folder: one.folder, count: one.count }),
    })),
  ];
  return (
    <TabFrame
      tab={tab}
      read={read}
      empty={t('chart-page.document.none')}
      actions={
        <Button
          variant="filled"
          leftSection={<IconUpload size={16} stroke={1.75} aria-hidden />}
          onClick={() => setAdding(true)}
        >
          {t('chart-page.document.add-first')}
        </Button>
      }
    >
      {entries.length > 0 && (
        <div className="with-folders">
          <nav className="folders wide-folders" aria-label={t('chart-page.document.folders')}>
            {choices.map((one) => (
              <button
                key={one.label}
                type="button"
                aria-pressed={one.folder === known}
                onClick={() => setFolder(one.folder)}
              >
                <IconFolder size={16} stroke={1.75} aria-hidden />
                {one.label}
              </button>
            ))}
          </nav>
          <Select
            className="narrow-folders"
            label={t('chart-page.document.folder')}
            allowDeselect={false}
            value={known ?? ''}
            data={choices.map((one) => ({ value: one.folder ?? '', label: one.label }))}
            onChange={(chosen) => setFolder(chosen || null)}
          />
          <ul className="card entries">
            {shown.map((one) => (
              <DocumentEntry
                key={one.documentId}
                document={one}
                picked={picked}
                onView={() => setViewed(one)}
                onWithdraw={onWithdraw}
              />
            ))}
          </ul>
        </div>
      )}
      {adding && (
        <AddDocument
          patientId={patientId}
          places={mayAddAt}
          prefer={preferredOf(chart, mayAddAt)}
          folders={folders.map((one) => one.folder)}
          onClose={() => setAdding(false)}
        />
      )}
      {viewed && <ViewDocument document={viewed} onClose={() => setViewed(undefined)} />}
    </TabFrame>
  );
}

const kinds = {
  'application/pdf': 'PDF',
  'image/jpeg': 'JPEG',
  'image/png': 'PNG',
} as const;

function DocumentEntry({
  document,
  picked,
  onView,
  onWithdraw,
}: {
  document: ChartDocument;
  picked: Picked;
  onView: () => void;
  onWithdraw: (entry: EntryToWithdraw) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const { documentId, title, mediaType, bytes, status, version, can } = document;
  const { unit, size } = sizeOf(language, bytes);
  const inForce = status !== 'entered-in-error';
  const kind = Object.entries(kinds).find(([type]) => type === mediaType)?.[1] ?? t('chart-page.document.text');
  return (
    <li className={inForce ? 'entry' : 'entry struck'}>
      <Checkbox
        aria-label={t('chart-page.ocean.pick', { title })}
        disabled={!picked.possible || !inForce}
        checked={picked.has('document', documentId)}
        onChange={({ currentTarget: { checked } }) => picked.set({ kind: 'document', id: documentId, title }, checked)}
      />
      <div className="grow stack g1">
        <span className="row wrap">
          <strong className="entry-title">{title}</strong>
          <EntryStatus status={status} />
        </span>
        <span className="s13 muted">
          {document.folder} · {kind} · {t(`chart-page.size.${unit}`, { size })}
        </span>
        <Whence at={document.filed} by={document.filedBy} place={document} />
      </div>
      <a
        className="entry-link"
        href={document.contentUrl}
        download
        aria-label={t('chart-page.document.download-this', { title })}
      >
        <IconDownload size={16} stroke={1.75} aria-hidden />
        <span className="wide-word">{t('chart-page.document.download')}</span>
      </a>
      <EntryMenu
        of={title}
        acts={[
          canBeViewed(document) && { label: t('chart-page.document.view'), onClick: onView },
          can.withdraw && {
            label: t('chart-page.withdraw.first'),
            onClick: () => onWithdraw({ kind: 'documents', id: documentId, version, title }),
          },
        ]}
      />
    </li>
  );
}
