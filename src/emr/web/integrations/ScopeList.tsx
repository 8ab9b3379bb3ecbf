import { useT } from '../../../ui/language.tsx';
import { wordsOfScope } from './scope-words.ts';

/** What may be asked for, in words and as it stands in the request. */
export function ScopeList({ scopes }: { scopes: readonly string[] }) {
  const t = useT();
  return (
    <ul className="scopes">
      {scopes.map((one) => {
        const { scope, type, acts } = wordsOfScope(t, one);
        return (
          <li key={scope}>
            <strong>{type}</strong> · {acts} <code className="small muted">{scope}</code>
          </li>
        );
      })}
    </ul>
  );
}
