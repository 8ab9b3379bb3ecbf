import { Button, Textarea } from '@mantine/core';
import { IconFileCheck, IconFileTime, IconLock, IconPaperclip, type TablerIcon } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { isMessageKey } from '../../language/messages.ts';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import { Page } from '../../ui/Page.tsx';
import { StatusChip } from '../../ui/StatusChip.tsx';
import type { AttachedFile, FiledState, Thread, ThreadMessage } from '../contract/messages.ts';
import { AttachmentPicker, useSize } from './AttachmentPicker.tsx';
import { useColumnNames } from './column-names.ts';
import { useMarkRead, useReply, useThread } from './message-queries.ts';
import './messages.css';
import { momentIn } from './day-groups.ts';
import { newId } from './new-id.ts';
import { WhyMissing } from './WhyMissing.tsx';

const filedSigns: Readonly<Record<FiledState, readonly ['green' | 'blue' | 'amber' | 'red', TablerIcon]>> = {
  filed: ['green', IconFileCheck],
  waiting: ['blue', IconFileTime],
  parked: ['amber', IconLock],
  task: ['red', IconLock],
};

function Message({ message, thread }: { message: ThreadMessage; thread: Thread }) {
  const t = useT();
  const language = useLanguage();
  const columnNames = useColumnNames();
  const sizeOf = useSize();
  const [tone, icon] = filedSigns[message.filed];
  const mailKey = `messages.mail.${message.mail}`;
  return (
    <li className={message.author === null ? 'message theirs' : 'message'}>
      <div className="row wrap">
        <strong>
          {message.author ?? t('messages.thread.from-them', { name: thread.recipientName ?? thread.patientDisplay })}
        </strong>
        <span className="small muted">{momentIn(language, message.sentAt, thread.today)}</span>
        {message.unread && <StatusChip tone="accent" label={t('messages.thread.new')} />}
      </div>
      <p className="message-text">{message.text}</p>
      {message.files.length > 0 && (
        <ul className="attached">
          {message.files.map((file) => (
            <li key={file.fileId} className="row">
              <IconPaperclip size={16} stroke={1.75} aria-hidden />
              <a href={`/api/files/${file.fileId}`} download>
                {file.title}
              </a>
              <span className="small muted">{sizeOf(file.bytes)}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="row wrap">
        <StatusChip
          tone={tone}
          icon={icon}
          label={t(`messages.filed.${message.filed}`, { columns: columnNames(message.missingColumns) })}
        />
        {message.filed === 'parked' && (
          <span className="small">
            <WhyMissing schedule={thread} feature="filing" />
          </span>
        )}
        {message.author !== null && isMessageKey(mailKey) && <span className="small muted">{t(mailKey)}</span>}
      </div>
    </li>
  );
}

function Reply({ thread }: { thread: Thread }) {
  const t = useT();
  const reply = useReply(thread.threadId);
  const pressId = useRef(newId());
  const [text, setText] = useState('');
  const [files, setFiles] = useState<readonly AttachedFile[]>([]);
  const send = (event: FormEvent) => {
    event.preventDefault();
    const message = { pressId: pressId.current, text, fileIds: files.map((one) => one.fileId) };
    reply.mutate(message, {
      onSuccess: () => {
        pressId.current = newId();
        setText('');
        setFiles([]);
      },
    });
  };
  return (
    <form className="stack g3 card pad" onSubmit={send}>
      <Textarea
        label={t('messages.thread.reply')}
        required
        maxLength={20_000}
        autosize
        minRows={4}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <AttachmentPicker bookingId={thread.bookingId} files={files} onChange={setFiles} />
      {reply.error && (
        <p role="alert" className="t-red">
          {t('messages.failed', { why: reply.error.message })}
        </p>
      )}
      <p className="vh" role="status">
        {reply.isSuccess && t('messages.sent.done')}
      </p>
      <div>
        <Button type="submit" variant="filled" loading={reply.isPending}>
          {t('messages.send')}
        </Button>
      </div>
    </form>
  );
}

/** One thread: what was written, by whom, what of it is in the chart; and the next message. */
export function ThreadPage({ threadId }: { threadId: string }) {
  const t = useT();
  const { data: thread, error, refetch } = useThread(threadId);
  const { mutate: markRead } = useMarkRead(threadId);
  const unread = thread?.unread ?? 0;
  useEffect(() => {
    // Opened is read; the marks of this visit stay until it is read again.
    if (unread > 0) markRead();
  }, [unread, markRead]);
  return (
    <Page
      windowTitle={t('messages.title')}
      title={thread?.subject ?? t('messages.title')}
      actions={
        <Button component={Link} to="/messages">
          {t('messages.back')}
        </Button>
      }
    >
      {error && !thread && <ErrorState problem={error} onRetry={() => void refetch()} />}
      {!error && !thread && <LoadingBlock />}
      {thread && (
        <div className="stack">
          <p>
            <strong>{thread.patientDisplay}</strong>
            <span className="muted">
              {' · '}
              {t('messages.thread.to', {
                recipient:
                  thread.recipientName === null ? thread.recipient : `${thread.recipientName}, ${thread.recipient}`,
              })}
              {' · '}
              {t('messages.list.row', { provider: thread.providerDisplay, office: thread.officeName })}
            </span>
          </p>
          <ol className="thread">
            {thread.thread.map((message) => (
              <Message key={message.messageId} message={message} thread={thread} />
            ))}
          </ol>
          <Reply thread={thread} />
        </div>
      )}
    </Page>
  );
}
