import { Button, Modal, Select, Textarea, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { Banner } from '../../ui/Banner.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { AttachedFile, NewThread, ThreadKind } from '../contract/messages.ts';
import { AttachmentPicker } from './AttachmentPicker.tsx';
import { useBeginThread } from './message-queries.ts';
import './messages.css';
import { newId } from './new-id.ts';

function Sent({ made, name, onClose }: { made: NewThread; name: string; onClose: () => void }) {
  const t = useT();
  return (
    <div className="stack g3">
      <p role="status">{t('messages.sent.done')}</p>
      {made.accessCode !== null && (
        <Banner tone="amber">
          <p>
            <strong className="access-code">{t('messages.code.told', { code: made.accessCode })}</strong>
          </p>
          <p>{t('messages.code.told.means', { name })}</p>
        </Banner>
      )}
      <div className="row">
        <Button
          variant="filled"
          component={Link}
          to={`/messages/${made.threadId}` as never}
          onClick={onClose}
          data-autofocus
        >
          {t('messages.open')}
        </Button>
        <Button onClick={onClose}>{t('messages.close')}</Button>
      </div>
    </div>
  );
}

/** A message to a booking's patient, or a referral of that patient to another provider. */
export function ComposeDialog({
  kind,
  bookingId,
  patient,
  onClose,
}: {
  kind: ThreadKind;
  bookingId: string;
  patient: string;
  onClose: () => void;
}) {
  const t = useT();
  const language = useLanguage();
  const begin = useBeginThread();
  // Until the server has answered, sending again sends the same press again.
  const pressId = useRef(newId());
  const [files, setFiles] = useState<readonly AttachedFile[]>([]);
  const [name, setName] = useState('');
  const send = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const field = (of: string) => String(form.get(of) ?? '');
    begin.mutate({
      pressId: pressId.current,
      bookingId,
      subject: field('subject'),
      text: field('text'),
      fileIds: files.map((one) => one.fileId),
      ...(kind === 'referral' && {
        referral: { name, email: field('email'), language: field('language') === 'fr' ? 'fr' : 'en' },
      }),
    });
  };
  return (
    <Modal
      opened
      size="lg"
      onClose={onClose}
      closeOnClickOutside={false}
      title={t(`messages.compose.${kind}`, { patient })}
      closeButtonProps={{ 'aria-label': t('messages.close') }}
    >
      {begin.data ? (
        <Sent made={begin.data} name={name} onClose={onClose} />
      ) : (
        <form className="stack g3" onSubmit={send}>
          <p className="muted">{t(`messages.compose.means.${kind}`)}</p>
          {kind === 'referral' && (
            <>
              <TextInput
                label={t('messages.field.name')}
                required
                maxLength={120}
                value={name}
                onChange={(event) => setName(event.currentTarget.value)}
                data-autofocus
              />
              <TextInput label={t('messages.field.email')} name="email" type="email" required maxLength={254} />
              <Select
                label={t('messages.field.language')}
                name="language"
                allowDeselect={false}
                defaultValue={language}
                data={[
                  { value: 'en', label: t('frame.language.en') },
                  { value: 'fr', label: t('frame.language.fr') },
                ]}
              />
            </>
          )}
          <TextInput
            label={t('messages.field.subject')}
            name="subject"
            required
            maxLength={120}
            data-autofocus={kind === 'patient' || undefined}
          />
          <Textarea label={t('messages.field.text')} name="text" required maxLength={20_000} autosize minRows={6} />
          <AttachmentPicker bookingId={bookingId} files={files} onChange={setFiles} />
          {begin.error && (
            <p role="alert" className="t-red">
              {t('messages.failed', { why: begin.error.message })}
            </p>
          )}
          <div className="row">
            <Button type="submit" variant="filled" loading={begin.isPending}>
              {t('messages.send')}
            </Button>
            <Button onClick={onClose}>{t('messages.close')}</Button>
          </div>
        </form>
      )}
    </Modal>
  );
}
