import { IconCheck, IconMinus, IconX, type TablerIcon } from '@tabler/icons-react';
import { useT } from '../../ui/language.tsx';
import type { GateOutcome } from '../contract/why.ts';

const signs: Readonly<Record<GateOutcome, TablerIcon>> = { passes: IconCheck, fails: IconX, unknown: IconMinus };

export interface WayStep {
  readonly key: string;
  readonly state: GateOutcome;
  readonly text: string;
  readonly gapIds: readonly string[];
}

/** A way, step by step, those that hold among them. */
export function WayList({ steps, label }: { steps: readonly WayStep[]; label: string }) {
  const t = useT();
  return (
    <ol className="way-list" aria-label={label}>
      {steps.map(({ key, state, text, gapIds }) => {
        const Icon = signs[state];
        return (
          <li key={key} data-state={state}>
            <span className="way-sign">
              <Icon size={12} stroke={3} aria-hidden />
            </span>
            <span className="grow">
              {text}
              {gapIds.length > 0 && (
                <span className="small muted nowrap"> {t('portal.why.gap', { ids: gapIds.join(', ') })}</span>
              )}
            </span>
            <span className="small muted nowrap">{t(`portal.why.${state}`)}</span>
          </li>
        );
      })}
    </ol>
  );
}
