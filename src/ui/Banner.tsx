import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconInfoCircle, type TablerIcon } from '@tabler/icons-react';
import type { ReactNode } from 'react';

export type BannerTone = 'accent' | 'blue' | 'green' | 'amber' | 'red';

const icons: Readonly<Record<BannerTone, TablerIcon>> = {
  accent: IconInfoCircle,
  blue: IconInfoCircle,
  green: IconCircleCheck,
  amber: IconAlertTriangle,
  red: IconCircleX,
};

/**
 * A message that belongs to the page. `announce` says it to a screen reader when it appears: `alert` at once (a failure),
 * `status` when the person is not busy.
 */
export function Banner({
  tone = 'accent',
  icon: Icon = icons[tone],
  actions,
  announce,
  children,
}: {
  tone?: BannerTone;
  icon?: TablerIcon;
  actions?: ReactNode;
  announce?: 'alert' | 'status' | undefined;
  children: ReactNode;
}) {
  return (
    <div className={`banner ${tone}`} role={announce}>
      <Icon size={20} stroke={1.75} aria-hidden />
      <div className="grow">{children}</div>
      {actions && <div className="row wrap noprint">{actions}</div>}
    </div>
  );
}
