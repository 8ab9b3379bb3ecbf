import { wordOr } from '../../../language/messages.ts';
import { AuditEntries, recorded } from '../../../ui/audit/AuditEntries.tsx';
import { type Translate, useT } from '../../../ui/language.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import type { AuditLogEntry, AuditNamed } from '../../contract/audit-log.ts';

function Outcome({ status }: { status: number | null }) {
  const t = useT();
  if (status === null || status < 400) return <StatusChip tone="blue" label={t('audit.outcome.done')} />;
  if (status < 500) return <StatusChip tone="amber" label={t('audit.outcome.refused', { status })} />;
  return <StatusChip tone="red" label={t('audit.outcome.failed', { status })} />;
}

function Who({ entry: { user, client, door } }: { entry: AuditLogEntry }) {
  const t = useT();
  const through = client && (client.name ?? client.id);
  if (user) {
    return (
      <>
        {user.name ?? user.id}
        {through && <span className="muted second">{through}</span>}
      </>
    );
  }
  if (through) return through;
  return <span className="muted">{t(door === null ? 'audit.nobody' : 'audit.unknown-person')}</span>;
}

/** FHIR's types, and those of changes, which are the tables'. */
const entityName = (t: Translate, type: string): string =>
  wordOr(t, `audit.entity.${type.toLowerCase().replaceAll(/[_$]/g, '')}`, type);

/** What was done, as the change's record names it, or what was asked for; and of what. */
function What({ entry: { kind, action, entity } }: { entry: AuditLogEntry }) {
  const t = useT();
  const words = [action && wordOr(t, `audit.action.${action}`, action), entity && entityName(t, entity.type)];
  return (
    <>
      {t(`audit.kind.${kind}`)}
      {words.some(Boolean) && <span className="muted second">{words.filter(Boolean).join(', ')}</span>}
    </>
  );
}

const shownAs = (one: AuditNamed | null): string | null => one && (one.name ?? one.id);

function Patient({ patient }: { patient: AuditNamed | null }) {
  const t = useT();
  if (!patient) return null;
  return patient.name ?? <span className="muted">{t('audit.masked', { id: patient.id })}</span>;
}

/** The entries of the EMR's log, with who, what, where, of whom and how it ended. */
export function EmrAuditEntries({ entries, busy }: { entries: readonly AuditLogEntry[]; busy: boolean }) {
  const t = useT();
  const [user, what, where, patient] = [
    t('audit.column.user'),
    t('audit.column.what'),
    t('audit.column.where'),
    t('audit.column.patient'),
  ];
  return (
    <AuditEntries
      label={t('audit.title')}
      entries={entries}
      busy={busy}
      columns={[user, what, where, patient, t('audit.column.outcome')]}
      cells={(entry) => (
        <>
          <td data-label={user}>
            <Who entry={entry} />
          </td>
          <td data-label={what}>
            <What entry={entry} />
          </td>
          <td data-label={where}>
            {shownAs(entry.office)}
            {entry.provider && <span className="muted second">{shownAs(entry.provider)}</span>}
          </td>
          <td data-label={patient}>
            <Patient patient={entry.patient} />
          </td>
          <td>
            <Outcome status={entry.status} />
          </td>
        </>
      )}
      facts={(entry) => [
        [t('audit.csv.entity'), entry.entity?.id && `${entry.entity.type}/${entry.entity.id}`],
        [t('audit.csv.patient-id'), entry.patient?.id],
        [t('audit.query'), entry.query && <code>{entry.query}</code>],
        [t('audit.before'), recorded(entry.before)],
        [t('audit.after'), recorded(entry.after)],
        [t('audit.permission-version'), entry.permissionVersion],
        [t('audit.request'), entry.requestId],
      ]}
    />
  );
}
