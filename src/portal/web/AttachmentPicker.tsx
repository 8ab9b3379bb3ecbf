import { ActionIcon, Button, FileButton } from '@mantine/core';
import { IconFolderDown, IconPaperclip, IconUpload, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { localeOf } from '../../language/messages.ts';
import { Banner } from '../../ui/Banner.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { sendFile } from '../../ui/send-file.ts';
import type { AttachedFile, LackingCell } from '../contract/messages.ts';
import { useColumnNames } from './column-names.ts';
import { useFetchSaved } from './message-queries.ts';
import { WhyMissing } from './WhyMissing.tsx';

export function useSize(): (bytes: number) => string {
  const language = useLanguage();
  return (bytes) =>
    new Intl.NumberFormat(localeOf[language], {
      style: 'unit',
      unit: bytes < 2 ** 20 ? 'kilobyte' : 'megabyte',
      maximumFractionDigits: 1,
    }).format(bytes < 2 ** 20 ? Math.max(1, Math.round(bytes / 1024)) : bytes / 2 ** 20);
}

/** Which cells Cloud Connect lacks, by name: of the booking's own schedule in full, of the others how many. */
function Lacking({ lacking }: { lacking: readonly LackingCell[] }) {
  const t = useT();
  const columnNames = useColumnNames();
  const [own, ...others] = lacking;
  if (!own) return null;
  return (
    <>
      <p>
        {t('messages.attach.lacking', {
          columns: columnNames(own.columns),
          provider: own.providerDisplay,
          office: own.officeName,
        })}{' '}
        <WhyMissing schedule={own} feature="attachments" />
      </p>
      {others.length > 0 && <p className="small">{t('messages.attach.lacking.more', { count: others.length })}</p>}
    </>
  );
}

/** What goes along: uploaded here, or picked in the EMR's chart and fetched. */
export function AttachmentPicker({
  bookingId,
  files,
  onChange,
}: {
  /** null: there is no patient whose chart could be asked. */
  bookingId: string | null;
  files: readonly AttachedFile[];
  onChange: (files: readonly AttachedFile[]) => void;
}) {
  const t = useT();
  const sizeOf = useSize();
  const saved = useFetchSaved(bookingId ?? '');
  const [refused, setRefused] = useState<readonly string[]>([]);
  const [sending, setSending] = useState(0);
  const upload = async (chosen: readonly File[]) => {
    setRefused([]);
    let all = files;
    for (const file of chosen) {
      setSending((before) => before + 1);
      try {
        const kept = await sendFile<AttachedFile>({
          path: '/api/files',
          file,
          type: file.type || 'application/octet-stream',
          name: file.name,
          onProgress: () => {},
          signal: new AbortController().signal,
        });
        all = [...all, kept];
        onChange(all);
      } catch (error) {
        const why = error instanceof Error ? error.message : '';
        setRefused((before) => [...before, t('messages.attach.failed', { title: file.name, why })]);
      } finally {
        setSending((before) => before - 1);
      }
    }
  };
  const fetchSaved = () => saved.mutate(undefined, { onSuccess: (fetched) => onChange([...files, ...fetched.files]) });
  return (
    <fieldset className="attachments stack g2">
      <legend>{t('messages.attach')}</legend>
      <div className="row wrap">
        <FileButton multiple accept="application/pdf,image/jpeg,image/png" onChange={(chosen) => void upload(chosen)}>
          {(props) => (
            <Button {...props} loading={sending > 0} leftSection={<IconUpload size={16} stroke={1.75} aria-hidden />}>
              {t('messages.attach.upload')}
            </Button>
          )}
        </FileButton>
        {bookingId !== null && (
          <Button
            loading={saved.isPending}
            leftSection={<IconFolderDown size={16} stroke={1.75} aria-hidden />}
            onClick={fetchSaved}
          >
            {t('messages.attach.saved')}
          </Button>
        )}
      </div>
      <p className="small muted">{t('messages.attach.limits')}</p>
      <p className="vh" role="status">
        {saved.isPending && t('messages.attach.saved.busy')}
      </p>
      {saved.data && (saved.data.reason !== null || saved.data.lacking.length > 0) && (
        <Banner tone="amber" announce="status">
          {saved.data.reason !== null && <p>{saved.data.reason}</p>}
          <Lacking lacking={saved.data.lacking} />
        </Banner>
      )}
      {saved.error && (
        <p role="alert" className="small t-red">
          {saved.error.message}
        </p>
      )}
      {refused.map((words) => (
        <p key={words} role="alert" className="small t-red">
          {words}
        </p>
      ))}
      {files.length > 0 && (
        <ul className="attached">
          {files.map((file) => (
            <li key={file.fileId} className="row">
              <IconPaperclip size={16} stroke={1.75} aria-hidden />
              <span className="grow">
                {file.title} <span className="small muted">{sizeOf(file.bytes)}</span>
              </span>
              <ActionIcon
                variant="subtle"
                size={24}
                aria-label={t('messages.attach.remove', { title: file.title })}
                onClick={() => onChange(files.filter((one) => one !== file))}
              >
                <IconX size={16} stroke={1.75} aria-hidden />
              </ActionIcon>
            </li>
          ))}
        </ul>
      )}
    </fieldset>
  );
}
