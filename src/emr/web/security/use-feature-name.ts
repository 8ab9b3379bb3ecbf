import { wordOr } from '../../../language/messages.ts';
import { useT } from '../../../ui/language.tsx';

/** Names that a client made are shown as they are. */
export function useFeatureName() {
  const t = useT();
  return (feature: string) => wordOr(t, `fix.feature.${feature}`, feature);
}
