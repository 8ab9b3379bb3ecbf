import type { ReactNode } from 'react';
import { useT } from '../../../ui/language.tsx';

/** A table of people's rows, on a phone a list of cards. The last cell of a row (`acts`) holds what can be done; its heading is heard only. */
export function PeopleTable({
  labelledBy,
  headings,
  children,
}: {
  labelledBy: string;
  headings: readonly string[];
  children: ReactNode;
}) {
  const t = useT();
  return (
    <table className="data people" aria-labelledby={labelledBy}>
      <thead>
        <tr>
          {headings.map((heading) => (
            <th key={heading} scope="col">
              {heading}
            </th>
          ))}
          <th scope="col">
            <span className="vh">{t('security.users.acts')}</span>
          </th>
        </tr>
      </thead>
      <tbody>{children}</tbody>
    </table>
  );
}
