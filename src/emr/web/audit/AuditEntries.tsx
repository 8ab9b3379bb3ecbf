import { ActionIcon } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { Fragment, useState } from 'react';
import { isMessageKey } from '../../../language/messages.ts';
import { DataTable } from '../../../ui/DataTable.tsx';
import { useT } from '../../../ui/language.tsx';
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

type T = ReturnType<typeof useT>;

/** What the record holds are codes, and there may be new ones: a code without a word is shown as it is. */
const named = (t: T, key: string, code: string): string => (isMessageKey(key) ? t(key) : code);

/** FHIR's types, and those of changes, which are the tables'. */
const entityName = (t: T, type: string): string =>
  named(t, `audit.entity.${type.toLowerCase().replaceAll(/[_$]/g, '')}`, type);

/** What was done, as the change's record names it, or what was asked for; and of what. */
function What({ entry: { kind, action, entity } }: { entry: AuditLogEntry }) {
  const t = useT();
  const words = [action && named(t, `audit.action.${action}`, action), entity && entityName(t, entity.type)];
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

function Details({ entry }: { entry: AuditLogEntry }) {
  const t = useT();
  const { entity, query, before, after, permissionVersion, requestId, patient } = entry;
  const json = (value: unknown) => value !== null && value !== undefined && <code>{JSON.stringify(value)}</code>;
  const facts = [
    [t('audit.csv.entity'), entity?.id && `${entity.type}/${entity.id}`],
    [t('audit.csv.patient-id'), patient?.id],
    [t('audit.query'), query && <code>{query}</code>],
    [t('audit.before'), json(before)],
    [t('audit.after'), json(after)],
    [t('audit.permission-version'), permissionVersion],
    [t('audit.request'), requestId],
  ] as const;
  return (
    <dl className="audit-facts">
      {facts
        .filter(([, value]) => value)
        .map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
    </dl>
  );
}

export function AuditEntries({ entries, busy }: { entries: readonly AuditLogEntry[]; busy: boolean }) {
  const t = useT();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) =>
    setOpen((before) => (before.has(id) ? new Set([...before].filter((one) => one !== id)) : new Set([...before, id])));
  return (
    <div className="card audit-entries" aria-busy={busy}>
      <DataTable label={t('audit.title')}>
        <thead>
          <tr>
            <th>{t('audit.column.when')}</th>
            <th>{t('audit.column.user')}</th>
            <th>{t('audit.column.what')}</th>
            <th>{t('audit.column.where')}</th>
            <th>{t('audit.column.patient')}</th>
            <th>{t('audit.column.outcome')}</th>
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => {
            const isOpen = open.has(entry.id);
            const Chevron = isOpen ? IconChevronDown : IconChevronRight;
            return (
              <Fragment key={entry.id}>
                <tr>
                  <td>
                    <span className="row nowrap">
                      <ActionIcon
                        variant="subtle"
                        aria-expanded={isOpen}
                        aria-label={t('audit.details', { at: entry.at })}
                        onClick={() => toggle(entry.id)}
                      >
                        <Chevron size={16} stroke={1.75} aria-hidden />
                      </ActionIcon>
                      {entry.at}
                    </span>
                  </td>
                  <td data-label={t('audit.column.user')}>
                    <Who entry={entry} />
                  </td>
                  <td data-label={t('audit.column.what')}>
                    <What entry={entry} />
                  </td>
                  <td data-label={t('audit.column.where')}>
                    {shownAs(entry.office)}
                    {entry.provider && <span className="muted second">{shownAs(entry.provider)}</span>}
                  </td>
                  <td data-label={t('audit.column.patient')}>
                    <Patient patient={entry.patient} />
                  </td>
                  <td>
                    <Outcome status={entry.status} />
                  </td>
                </tr>
                {isOpen && (
                  <tr className="audit-open">
                    <td colSpan={6}>
                      <Details entry={entry} />
                    </td>
                  </tr>
                )}
              </Fragment>
            );
          })}
        </tbody>
      </DataTable>
    </div>
  );
}
