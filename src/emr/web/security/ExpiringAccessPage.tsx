import { IconPlugConnected } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { columnsIn } from '../../../fhir/columns.ts';
import { columnName } from '../../../language/column-name.ts';
import { formatDate } from '../../../language/dates.ts';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { expiringDays } from '../../contract/permission-history.ts';
import { PeopleTable } from './PeopleTable.tsx';
import { useExpiringAccess } from './permissions.queries.ts';
import { NotForYou, SecurityFrame } from './SecurityFrame.tsx';

/** Users > Manage Security > *Expiring access*: the rows of all users that end soon, each leading to its place in the matrix. */
export function ExpiringAccessPage() {
  const t = useT();
  const language = useLanguage();
  const expiring = useExpiringAccess();
  if (expiring.isPending) return <LoadingBlock />;
  if (expiring.isError) return <NotForYou problem={expiring.error} onRetry={() => void expiring.refetch()} />;
  return (
    <SecurityFrame>
      <div className="security-main">
        <div className="stack g1">
          <h2 id="expiring">{t('security.expiring')}</h2>
          <p className="muted">{t('security.expiring.what', { days: expiringDays })}</p>
        </div>
        {expiring.data.length === 0 ? (
          <EmptyState reason={t('security.expiring.none', { days: expiringDays })} />
        ) : (
          <div className="card table-card">
            <PeopleTable
              labelledBy="expiring"
              headings={[
                t('security.users.name'),
                t('emr.permissions.schedule'),
                t('security.expiring.columns'),
                t('emr.permissions.access-until'),
              ]}
            >
              {expiring.data.map((row) => (
                <tr key={`${row.userId} ${row.officeId} ${row.providerId}`}>
                  <th scope="row">
                    {row.isIntegrationUser && <IconPlugConnected size={16} stroke={1.75} aria-hidden />}{' '}
                    {row.displayName}
                  </th>
                  <td>
                    {row.provider} · {row.office}
                  </td>
                  <td>
                    {columnsIn(row.columns)
                      .map((column) => t(columnName(column)))
                      .join(', ')}
                  </td>
                  <td data-label={t('emr.permissions.access-until')}>
                    {formatDate(language, row.accessUntilDay, 'day')}
                  </td>
                  <td className="acts">
                    <Link
                      to="/security"
                      search={{ user: row.userId, cell: `${row.officeId}/${row.providerId}/until` }}
                      aria-label={t('security.expiring.open-of', {
                        name: row.displayName,
                        provider: row.provider,
                        office: row.office,
                      })}
                    >
                      {t('security.expiring.open')}
                    </Link>
                  </td>
                </tr>
              ))}
            </PeopleTable>
          </div>
        )}
      </div>
    </SecurityFrame>
  );
}
