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
import type { MessageKey } from '../../language/messages.ts';
import { useT } from '../../ui/language.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import type { ListedBooking } from '../contract/patients.ts';

interface Sign {
  readonly key: MessageKey;
  readonly tone: ChipTone;
  readonly icon: TablerIcon;
}

const booked: Sign = { key: 'portal.status.booked', tone: 'neutral', icon: IconCalendar };
const confirmed: Sign = { key: 'portal.status.confirmed', tone: 'green', icon: IconCircleCheck };
const arrived: Sign = { key: 'portal.status.arrived', tone: 'blue', icon: IconLogin2 };

// FHIR's Appointment.status in a clinic's words.
const signs: Readonly<Record<string, Sign>> = {
  proposed: { key: 'portal.status.pending', tone: 'neutral', icon: IconClock },
  pending: { key: 'portal.status.pending', tone: 'neutral', icon: IconClock },
  waitlist: { key: 'portal.status.pending', tone: 'neutral', icon: IconClock },
  arrived,
  'checked-in': arrived,
  fulfilled: { key: 'portal.status.seen', tone: 'neutral', icon: IconCheck },
  cancelled: { key: 'portal.status.cancelled', tone: 'neutral', icon: IconCalendarX },
  noshow: { key: 'portal.status.noshow', tone: 'amber', icon: IconUserX },
};

/** The patient's own yes shows only while the booking stands: what happened since says more. */
function signOf({ status, participation }: ListedBooking): Sign | undefined {
  if (status === 'booked') return participation === 'accepted' ? confirmed : booked;
  return Object.hasOwn(signs, status) ? signs[status] : undefined;
}

export function BookingStatus({ booking }: { booking: ListedBooking }) {
  const t = useT();
  const sign = signOf(booking);
  return (
    <span className="row wrap">
      {sign ? (
        <StatusChip tone={sign.tone} icon={sign.icon} label={t(sign.key)} />
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
