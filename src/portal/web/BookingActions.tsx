import { Loader, Menu } from '@mantine/core';
import {
  IconCalendarX,
  IconCircleCheck,
  IconDotsVertical,
  IconLink,
  IconLogin2,
  IconMail,
  IconMessages,
  IconStethoscope,
  type TablerIcon,
} from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { type ComponentProps, useEffect, useRef, useState } from 'react';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { useT } from '../../ui/language.tsx';
import type { ThreadKind } from '../contract/messages.ts';
import type { ListedBooking } from '../contract/patients.ts';
import type { ActKind } from '../contract/write-backs.ts';
import './booking-acts.css';
import { useMakeLink, usePress } from './booking-acts.ts';
import { ComposeDialog } from './ComposeDialog.tsx';
import { CopyLink } from './CopyLink.tsx';
import { writeMessageFilter } from './message-queries.ts';

const icons: Readonly<Record<ActKind, TablerIcon>> = {
  'mark-arrived': IconLogin2,
  'mark-confirmed': IconCircleCheck,
  cancel: IconCalendarX,
};

/** A day has many rows, and few of them are acted on: the menu and what it opens are made when somebody first asks for them. */
export function BookingActions({ booking }: { booking: ListedBooking }) {
  const [asked, setAsked] = useState(false);
  return (
    <span className="booking-actions noprint">
      {asked ? (
        <Acts booking={booking} />
      ) : (
        <ActsButton booking={booking} aria-haspopup="menu" aria-expanded={false} onClick={() => setAsked(true)} />
      )}
    </span>
  );
}

function ActsButton({
  booking,
  pending = false,
  ...rest
}: { booking: ListedBooking; pending?: boolean } & ComponentProps<'button'>) {
  const t = useT();
  const patient = booking.patient?.display ?? t('portal.list.no-patient');
  return (
    <button
      type="button"
      className="acts-button"
      aria-label={t('write-back.actions', { patient, time: booking.start })}
      disabled={pending}
      {...rest}
    >
      {pending ? <Loader size={14} /> : <IconDotsVertical size={16} stroke={1.75} aria-hidden />}
    </button>
  );
}

/** What may be done with a booking, as the server says. Cancelling asks first: it cannot be taken back. */
function Acts({ booking }: { booking: ListedBooking }) {
  const t = useT();
  const press = usePress(booking);
  const link = useMakeLink(booking);
  const button = useRef<HTMLButtonElement>(null);
  const [opened, setOpened] = useState(false);
  const [asking, setAsking] = useState(false);
  const [composing, setComposing] = useState<ThreadKind | null>(null);
  const patient = booking.patient?.display ?? t('portal.list.no-patient');
  const time = booking.start;
  // It stands in the place of the button that was pressed, to which the focus returns when the menu closes.
  useEffect(() => {
    button.current?.focus();
    setOpened(true);
  }, []);
  return (
    <>
      <Menu position="bottom-end" opened={opened} onChange={setOpened}>
        <Menu.Target>
          <ActsButton ref={button} booking={booking} pending={press.isPending} />
        </Menu.Target>
        <Menu.Dropdown>
          {booking.acts.length === 0 && !booking.linkable && booking.patient === null && (
            <p className="small muted pad">{t('write-back.actions.none')}</p>
          )}
          {booking.acts.map((kind) => {
            const Icon = icons[kind];
            return (
              <Menu.Item
                key={kind}
                leftSection={<Icon size={16} stroke={1.75} aria-hidden />}
                onClick={() => (kind === 'cancel' ? setAsking(true) : press.mutate(kind))}
              >
                {t(`write-back.${kind}`)}
              </Menu.Item>
            );
          })}
          {booking.linkable && (
            <Menu.Item leftSection={<IconLink size={16} stroke={1.75} aria-hidden />} onClick={() => link.mutate()}>
              {t('link.copy')}
            </Menu.Item>
          )}
          {booking.patient !== null && (
            <>
              <Menu.Divider />
              <Menu.Item
                leftSection={<IconMail size={16} stroke={1.75} aria-hidden />}
                onClick={() => setComposing('patient')}
              >
                {t('messages.act.message')}
              </Menu.Item>
              <Menu.Item
                leftSection={<IconStethoscope size={16} stroke={1.75} aria-hidden />}
                onClick={() => setComposing('referral')}
              >
                {t('messages.act.referral')}
              </Menu.Item>
              <Menu.Item
                component={Link}
                to="/messages"
                search={writeMessageFilter({ show: 'all', booking: booking.bookingId }) as never}
                leftSection={<IconMessages size={16} stroke={1.75} aria-hidden />}
              >
                {t('messages.act.threads')}
              </Menu.Item>
            </>
          )}
        </Menu.Dropdown>
      </Menu>
      {composing !== null && (
        <ComposeDialog
          kind={composing}
          bookingId={booking.bookingId}
          patient={patient}
          onClose={() => setComposing(null)}
        />
      )}
      <CopyLink url={link.data?.url ?? null} patient={patient} onClose={link.reset} />
      {(press.error ?? link.error) && (
        <span role="alert" className="booking-refused small t-red">
          {t('write-back.failed', { why: (press.error ?? link.error)!.message })}
        </span>
      )}
      <ConfirmDialog
        opened={asking}
        danger
        title={t('write-back.cancel.title')}
        confirmLabel={t('write-back.cancel')}
        cancelLabel={t('write-back.cancel.keep')}
        onConfirm={() => {
          setAsking(false);
          press.mutate('cancel');
        }}
        onCancel={() => setAsking(false)}
      >
        {t('write-back.cancel.ask', { patient, time })}
      </ConfirmDialog>
    </>
  );
}
