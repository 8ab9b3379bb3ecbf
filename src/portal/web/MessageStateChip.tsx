import {
  IconMailCheck,
  IconMailFast,
  IconMailOff,
  IconMailOpened,
  IconMailX,
  type TablerIcon,
} from '@tabler/icons-react';
import { useT } from '../../ui/language.tsx';
import { type ChipTone, StatusChip } from '../../ui/StatusChip.tsx';
import type { MessageState } from '../contract/patients.ts';

const signs: Readonly<Record<MessageState, readonly [tone: ChipTone, icon: TablerIcon]>> = {
  unread: ['accent', IconMailOpened],
  failed: ['amber', IconMailX],
  waiting: ['blue', IconMailFast],
  sent: ['neutral', IconMailCheck],
  none: ['neutral', IconMailOff],
};

/** What was last written about a booking or to its patient. Nothing is the usual case, and shows nothing. */
export function MessageStateChip({ state }: { state: MessageState }) {
  const t = useT();
  const [tone, icon] = signs[state];
  return state === 'none' ? null : <StatusChip tone={tone} icon={icon} label={t(`portal.message.${state}`)} />;
}
