import { ActionIcon } from '@mantine/core';
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react';
import { Fragment, type ReactNode, useState } from 'react';
import { DataTable } from '../DataTable.tsx';
import { useT } from '../language.tsx';
import './audit.css';

/** What there is to say of an entry, fact by fact; those without a value are left out. */
export type AuditFacts = readonly (readonly [name: string, value: ReactNode])[];

/** A value as it was recorded; nothing where nothing was. */
export const recorded = (value: unknown): ReactNode =>
  value !== null && value !== undefined && <code>{JSON.stringify(value)}</code>;

function Details({ facts }: { facts: AuditFacts }) {
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

interface Props<Entry> {
  readonly label: string;
  readonly entries: readonly Entry[];
  readonly busy: boolean;
  /** Names of the columns after *When*. */
  readonly columns: readonly string[];
  /** The cells of an entry after *When*, as `<td>`s. */
  readonly cells: (entry: Entry) => ReactNode;
  readonly facts: (entry: Entry) => AuditFacts;
}

/** A table of what was recorded: each entry opens to its facts. */
export function AuditEntries<Entry extends { readonly id: string; readonly at: string }>({
  label,
  entries,
  busy,
  columns,
  cells,
  facts,
}: Props<Entry>) {
  const t = useT();
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) =>
    setOpen((before) => (before.has(id) ? new Set([...before].filter((one) => one !== id)) : new Set([...before, id])));
  return (
    <div className="card audit-entries" aria-busy={busy}>
      <DataTable label={label}>
        <thead>
          <tr>
            {[t('audit.column.when'), ...columns].map((name) => (
              <th key={name}>{name}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {entries.map((entry) => {
            const { id, at } = entry;
            const isOpen = open.has(id);
            const Chevron = isOpen ? IconChevronDown : IconChevronRight;
            return (
              <Fragment key={id}>
                <tr>
                  <td>
                    <span className="row nowrap">
                      <ActionIcon
                        variant="subtle"
                        aria-expanded={isOpen}
                        aria-label={t('audit.details', { at })}
                        onClick={() => toggle(id)}
                      >
                        <Chevron size={16} stroke={1.75} aria-hidden />
                      </ActionIcon>
                      {at}
                    </span>
                  </td>
                  {cells(entry)}
                </tr>
                {isOpen && (
                  <tr className="audit-open">
                    <td colSpan={1 + columns.length}>
                      <Details facts={facts(entry)} />
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
