import {
  IconCalendar,
  IconCalendarX,
  IconCheck,
  IconCircleCheck,
  IconHourglass,
  IconLogin2,
  IconUserX,
  type TablerIcon,
} from '@tabler/icons-react';
import type { MessageKey } from '../../../language/messages.ts';
import type { ChipTone } from '../../../ui/StatusChip.tsx';
import type { BookingState } from '../../contract/booking-states.ts';

interface Sign {
  readonly Icon: TablerIcon;
  /** The look of its block in the day. */
  readonly look: 'booked' | 'confirmed' | 'arrived' | 'seen' | 'off';
  readonly tone: ChipTone;
}

const waits: Sign = { Icon: IconHourglass, look: 'booked', tone: 'neutral' };
const off: Sign = { Icon: IconCalendarX, look: 'off', tone: 'neutral' };

/** Three signs for every state: icon, word and colour. */
export const signs: Readonly<Record<BookingState, Sign>> = {
  proposed: waits,
  pending: waits,
  waitlist: waits,
  booked: { Icon: IconCalendar, look: 'booked', tone: 'accent' },
  confirmed: { Icon: IconCircleCheck, look: 'confirmed', tone: 'green' },
  arrived: { Icon: IconLogin2, look: 'arrived', tone: 'blue' },
  'checked-in': { Icon: IconLogin2, look: 'arrived', tone: 'blue' },
  fulfilled: { Icon: IconCheck, look: 'seen', tone: 'neutral' },
  cancelled: off,
  noshow: { Icon: IconUserX, look: 'off', tone: 'amber' },
  'entered-in-error': off,
};

export const wordOf = (state: BookingState): MessageKey => `emr.status.${state}`;
