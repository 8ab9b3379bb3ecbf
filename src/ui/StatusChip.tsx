import {
  IconAlertTriangle,
  IconCircleCheck,
  IconCircleX,
  IconClock,
  IconEyeOff,
  IconPointFilled,
  type TablerIcon,
} from '@tabler/icons-react';

export type ChipTone = 'neutral' | 'accent' | 'blue' | 'green' | 'amber' | 'red' | 'hatch';

const icons: Readonly<Record<ChipTone, TablerIcon>> = {
  neutral: IconClock,
  accent: IconPointFilled,
  blue: IconCircleCheck,
  green: IconCircleCheck,
  amber: IconAlertTriangle,
  red: IconCircleX,
  hatch: IconEyeOff,
};

/** A state in three signs: icon, word, colour. `label` is already in the person's language. */
export function StatusChip({
  tone,
  label,
  icon: Icon = icons[tone],
}: {
  tone: ChipTone;
  label: string;
  icon?: TablerIcon;
}) {
  return (
    <span className={`chip ${tone}`}>
      <Icon size={14} stroke={2} aria-hidden /> {label}
    </span>
  );
}
