import {
  IconCalendar,
  IconCalendarX,
  IconCheck,
  IconCircleCheck,
  IconClock,
  IconLogin2,
  IconQuestionMark,
  IconUserX,
  type TablerIcon,
} from '@tabler/icons-react';
import { useT } from '../../ui/language.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import { type BookingStatusWord, bookingStatusOf } from '../contract/booking-status.ts';
import type { ListedBooking } from '../contract/patients.ts';

const signs: Readonly<Record<BookingStatusWord, readonly [tone: ChipTone, icon: TablerIcon]>> = {
  booked: ['neutral', IconCalendar],
  confirmed: ['green', IconCircleCheck],
  pending: ['neutral', IconClock],
  arrived: ['blue', IconLogin2],
  seen: ['neutral', IconCheck],
  cancelled: ['neutral', IconCalendarX],
  noshow: ['amber', IconUserX],
};

export function BookingStatus({
  booking,
}: {
  booking: Pick<ListedBooking, 'status' | 'participation' | 'unconfirmed'>;
}) {
  const t = useT();
  const word = bookingStatusOf(booking);
  return (
    <span className="row wrap">
      {word ? (
        <StatusChip tone={signs[word][0]} icon={signs[word][1]} label={t(`portal.status.${word}`)} />
      ) : (
        <StatusChip tone="neutral" icon={IconQuestionMark} label={booking.status} />
      )}
      {booking.unconfirmed && (
        <span title={t('portal.list.unconfirmed.means')}>
          <StatusChip tone="hatch" icon={IconQuestionMark} label={t('portal.list.unconfirmed')} />
        </span>
      )}
    </span>
  );
}
