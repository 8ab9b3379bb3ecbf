import { ActionIcon, Menu } from '@mantine/core';
import { IconCalendarX, IconCircleCheck, IconDotsVertical, IconLogin2, type TablerIcon } from '@tabler/icons-react';
import { useState } from 'react';
import { ConfirmDialog } from '../../ui/ConfirmDialog.tsx';
import { useT } from '../../ui/language.tsx';
import type { ListedBooking } from '../contract/patients.ts';
import type { WriteBackKind } from '../contract/write-backs.ts';
import './booking-acts.css';
import { usePress } from './booking-acts.ts';

const icons: Readonly<Record<WriteBackKind, TablerIcon>> = {
  'mark-arrived': IconLogin2,
  'mark-confirmed': IconCircleCheck,
  cancel: IconCalendarX,
};

/** What may be done with a booking, as the server says. Cancelling asks first: it cannot be taken back. */
export function BookingActions({ booking }: { booking: ListedBooking }) {
  const t = useT();
  const press = usePress(booking);
  const [asking, setAsking] = useState(false);
  const patient = booking.patient?.display ?? t('portal.list.no-patient');
  const time = booking.start;
  return (
    <span className="booking-actions noprint">
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon
            variant="subtle"
            size={24}
            loading={press.isPending}
            aria-label={t('write-back.actions', { patient, time })}
          >
            <IconDotsVertical size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {booking.acts.length === 0 && <p className="small muted pad">{t('write-back.actions.none')}</p>}
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
        </Menu.Dropdown>
      </Menu>
      {press.error && (
        <span role="alert" className="booking-refused small t-red">
          {t('write-back.failed', { why: press.error.message })}
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
    </span>
  );
}
