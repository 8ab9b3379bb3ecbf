import { Autocomplete, Button, FileInput, Modal, Progress, TextInput } from '@mantine/core';
import { IconPaperclip } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useT } from '../../../ui/language.tsx';
import type { PlaceToAdd } from '../../contract/chart.ts';
import { useAddDocument } from './chart.queries.ts';
import { EntryForm, PlaceField, usePlace } from './EntryForm.tsx';

const limitBytes = 20 * 2 ** 20;
const kept = 'application/pdf,image/jpeg,image/png,text/plain';

/** Sends a file and files it. While it is on its way it can be stopped; then nothing of it is kept. */
export function AddDocument({
  patientId,
  places,
  prefer,
  folders,
  onClose,
}: {
  patientId: string;
  places: readonly PlaceToAdd[];
  prefer: PlaceToAdd | undefined;
  folders: readonly string[];
  onClose: () => void;
}) {
  const t = useT();
  const { place, pair, setPair } = usePlace(places, prefer);
  const [file, setFile] = useState<File | null>(null);
  const [title, setTitle] = useState('');
  const [folder, setFolder] = useState(folders[0] ?? '');
  const [share, setShare] = useState(0);
  const [stopped, setStopped] = useState(false);
  const stop = useRef<AbortController>(undefined);
  const add = useAddDocument(patientId);
  useEffect(() => () => stop.current?.abort(), []);
  const tooLarge = file !== null && file.size > limitBytes;
  const complete = place !== undefined && file !== null && !tooLarge && title.trim() !== '' && folder.trim() !== '';
  const pick = (picked: File | null) => {
    add.reset();
    setStopped(false);
    setFile(picked);
    if (picked) setTitle(picked.name.replace(/\.[^.]+$/, '').slice(0, 200));
  };
  const submit = () => {
    if (!place || !file) return;
    const control = new AbortController();
    stop.current = control;
    setShare(0);
    setStopped(false);
    const { officeId, providerId } = place;
    add.mutate(
      { file, officeId, providerId, folder, title, onProgress: setShare, signal: control.signal },
      { onSuccess: onClose },
    );
  };
  if (add.isPending) {
    const percent = Math.floor(share * 100);
    return (
      <Modal
        opened
        onClose={() => undefined}
        withCloseButton={false}
        title={t('chart-page.document.sending', { name: file?.name ?? '' })}
      >
        <div className="stack g3">
          <Progress value={percent} aria-label={t('chart-page.document.progress')} />
          <p role="status" className="s13">
            {share < 1 ? t('chart-page.document.sent', { percent }) : t('chart-page.document.filing')}
          </p>
          {share < 1 && (
            <Button
              style={{ justifySelf: 'start' }}
              data-autofocus
              onClick={() => {
                setStopped(true);
                stop.current?.abort();
              }}
            >
              {t('chart-page.document.stop')}
            </Button>
          )}
        </div>
      </Modal>
    );
  }
  return (
    <EntryForm
      title={t('chart-page.document.add')}
      act={t('chart-page.document.send')}
      busy={false}
      complete={complete}
      problem={stopped ? undefined : add.error}
      onSubmit={submit}
      onClose={onClose}
    >
      <PlaceField places={places} pair={pair} onPick={setPair} />
      <FileInput
        label={t('chart-page.document.file')}
        description={t('chart-page.document.file-hint')}
        placeholder={t('chart-page.document.choose')}
        leftSection={<IconPaperclip size={16} stroke={1.75} aria-hidden />}
        required
        accept={kept}
        value={file}
        onChange={pick}
        error={tooLarge && t('chart-page.document.too-large')}
        size="sm"
      />
      <TextInput
        label={t('chart-page.document.title')}
        required
        maxLength={200}
        value={title}
        onChange={({ currentTarget: { value } }) => setTitle(value)}
      />
      <Autocomplete
        label={t('chart-page.document.folder')}
        description={t('chart-page.document.folder-hint')}
        required
        maxLength={100}
        data={[...folders]}
        value={folder}
        onChange={setFolder}
      />
      {stopped && (
        <p className="s13" role="status">
          {t('chart-page.document.stopped')}
        </p>
      )}
    </EntryForm>
  );
}
