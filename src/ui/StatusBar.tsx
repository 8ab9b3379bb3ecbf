import { IconAlertTriangle, IconCircleCheck, IconCircleX, IconRefresh, type TablerIcon } from '@tabler/icons-react';
import type { MessageKey } from '../language/messages.ts';
import { useT } from './language.tsx';

/** `blue` idle, and complete after a run · `green` running · `amber` the last run had gaps or waits · `red` failed. */
export type StatusBarTone = 'blue' | 'green' | 'amber' | 'red';

const signs: Readonly<Record<StatusBarTone, { Icon: TablerIcon; word: MessageKey }>> = {
  blue: { Icon: IconCircleCheck, word: 'frame.status.idle' },
  green: { Icon: IconRefresh, word: 'frame.status.running' },
  amber: { Icon: IconAlertTriangle, word: 'frame.status.gaps' },
  red: { Icon: IconCircleX, word: 'frame.status.failed' },
};

/**
 * The Sync Status bar. Colour, icon and words say the same; the words are announced when they change, the progress is not:
 * a screen reader would read every per cent. `progress` is a share from 0 to 1 and is drawn while the bar is green.
 */
export function StatusBar({
  tone,
  words,
  detail,
  progress,
}: {
  tone: StatusBarTone;
  /** Instead of the word of the colour: "Running: Sync Full Schedule". */
  words?: string | undefined;
  detail?: string | undefined;
  progress?: number | undefined;
}) {
  const t = useT();
  const { Icon, word } = signs[tone];
  const said = words ?? t(word);
  const percent = Math.round(Math.min(1, Math.max(0, progress ?? 0)) * 100);
  const running = tone === 'green' && progress !== undefined;
  return (
    <div className={`statusbar ${tone}`} data-tone={tone}>
      {running && <span className="fill" style={{ width: `${percent}%` }} />}
      <Icon size={20} stroke={1.75} aria-hidden />
      <span role="status">{said}</span>
      {detail !== undefined && <span className="sub">{detail}</span>}
      {running && (
        <span
          className="vh"
          role="progressbar"
          aria-label={said}
          aria-valuemin={0}
          aria-valuemax={100}
          aria-valuenow={percent}
        >
          {t('frame.status.progress', { percent })}
        </span>
      )}
    </div>
  );
}
