import { Button, Textarea } from '@mantine/core';
import {
  IconAlertTriangle,
  IconArrowBackUp,
  IconArrowDownRight,
  IconArrowUpRight,
  IconCalendar,
  IconMinus,
  IconPlus,
} from '@tabler/icons-react';
import { memo, useState } from 'react';
import { bitOf } from '../../../fhir/columns.ts';
import { columnName } from '../../../language/column-name.ts';
import { formatDate } from '../../../language/dates.ts';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { ProviderPermissions } from '../../contract/security.ts';
import { columnReads } from '../columns.ts';
import { BlastRadius } from './BlastRadius.tsx';
import { type Effect, effectsOf } from './effects.ts';
import {
  changesOf,
  countChanges,
  keyOf,
  type Pending,
  type Place,
  type RowChange,
  requestOf,
  targetOf,
  toggled,
  withTargets,
} from './pending-changes.ts';

type Change = (next: (pending: Pending) => Pending) => void;

function Undo({ name, onClick }: { name: string; onClick: () => void }) {
  return (
    <button type="button" className="undo" aria-label={name} onClick={onClick}>
      <IconArrowBackUp size={16} stroke={1.75} aria-hidden />
    </button>
  );
}

/** The changes of one provider schedule: held before, held after. */
const ChangedRow = memo(function ChangedRow({ change, onChange }: { change: RowChange; onChange: Change }) {
  const t = useT();
  const language = useLanguage();
  const { place, cells, until } = change;
  const undoName = (what: string) =>
    t('emr.permissions.undo', { what, provider: place.row.display, office: place.office.name });
  const dayOf = (day: string | null) => (day === null ? t('emr.until.none') : formatDate(language, day, 'day'));
  return (
    <li className="stack g1">
      <p className="s13">
        <span className="muted">{place.office.name}</span>
        <br />
        <strong>{place.row.display}</strong>
      </p>
      <ul className="diff">
        {cells.map(({ column, granted }) => (
          <li key={column} className={granted ? 'granted' : 'taken'}>
            {granted ? <IconPlus size={14} stroke={2} aria-hidden /> : <IconMinus size={14} stroke={2} aria-hidden />}
            <span>
              <strong>{t(columnName(column))}</strong>{' '}
              {t(granted ? 'emr.permissions.not-held-to-held' : 'emr.permissions.held-to-not-held')}
            </span>
            <Undo
              name={undoName(t(columnName(column)))}
              onClick={() => onChange((now) => toggled(now, [place], bitOf[column]))}
            />
          </li>
        ))}
        {until && (
          <li>
            <IconCalendar size={14} stroke={2} aria-hidden />
            <span>
              <strong>{t('emr.permissions.access-until')}</strong> {dayOf(until.from)} → {dayOf(until.to)}
            </span>
            <Undo
              name={undoName(t('emr.permissions.access-until'))}
              onClick={() =>
                onChange((now) =>
                  withTargets(now, [[place, { ...targetOf(now, place), accessUntilDay: place.row.accessUntilDay }]]),
                )
              }
            />
          </li>
        )}
      </ul>
    </li>
  );
});

function EffectList({ effects }: { effects: readonly Effect[] }) {
  const t = useT();
  const who = (places: readonly Place[]) => {
    const named = places.slice(0, 2).map(({ office, row }) => `${row.display} (${office.name})`);
    const more = places.length - named.length;
    return more > 0 ? t('emr.effects.and-more', { names: named.join(', '), count: more }) : named.join(', ');
  };
  return (
    <ul className="effects">
      {effects.map(({ column, places }) => (
        <li key={column}>
          <strong>{t(columnName(column))}</strong>: {t(columnReads(column))}.{' '}
          <span className="muted">{who(places)}</span>
        </li>
      ))}
    </ul>
  );
}

function WhatHappens({
  matrix,
  pending,
  changes,
}: {
  matrix: ProviderPermissions;
  pending: Pending;
  changes: readonly RowChange[];
}) {
  const t = useT();
  const { opens, stops, idle } = effectsOf(changes, (place) => targetOf(pending, place));
  const name = matrix.user.displayName;
  return (
    <section className="panel-part stack">
      <h3>{t('emr.effects')}</h3>
      {opens.length > 0 && (
        <>
          <p className="row top t-green">
            <IconArrowUpRight size={16} aria-hidden /> <strong>{t('emr.effects.opens', { name })}</strong>
          </p>
          <EffectList effects={opens} />
        </>
      )}
      {stops.length > 0 && (
        <>
          <p className="row top t-red">
            <IconArrowDownRight size={16} aria-hidden /> <strong>{t('emr.effects.stops', { name })}</strong>
          </p>
          <EffectList effects={stops} />
        </>
      )}
      {idle.length > 0 && (
        <>
          <p className="row top t-amber">
            <IconAlertTriangle size={16} aria-hidden /> <strong>{t('emr.effects.idle')}</strong>
          </p>
          <ul className="effects">
            {idle.map(({ place, why }) => (
              <li key={keyOf(place)}>
                {place.row.display} ({place.office.name}): {t(`emr.effects.${why}`)}
              </li>
            ))}
          </ul>
        </>
      )}
      {opens.length + stops.length + idle.length === 0 && <p className="s13 muted">{t('emr.effects.dates-only')}</p>}
    </section>
  );
}

/** What is ticked and not saved, what it opens and stops, and right under it *Save*. */
export function PendingPanel({
  matrix,
  pending,
  joins,
  reasonAtFirst,
  blocked,
  saving,
  saved,
  problem,
  onChange,
  onDiscard,
  onSave,
}: {
  matrix: ProviderPermissions;
  pending: Pending;
  /** Offices that saving makes the user belong to as well. */
  joins: ReadonlySet<string>;
  reasonAtFirst: string;
  /** A conflict waits for a person's choice. */
  blocked: boolean;
  saving: boolean;
  saved: boolean;
  problem: unknown;
  onChange: Change;
  onDiscard: () => void;
  onSave: (reason: string, onSaved: () => void) => void;
}) {
  const t = useT();
  const [reason, setReason] = useState(reasonAtFirst);
  const changes = changesOf(matrix, pending);
  const none = changes.length + joins.size === 0;
  const joining = matrix.offices.filter(({ officeId }) => joins.has(officeId)).map(({ name }) => name);
  return (
    <aside id="pending" className="pending-panel" aria-labelledby="pending-title">
      <header>
        <h2 id="pending-title">{t('emr.permissions.pending', { count: countChanges(changes) + joins.size })}</h2>
        {!none && (
          <Button variant="subtle" onClick={onDiscard}>
            {t('emr.permissions.discard')}
          </Button>
        )}
      </header>
      <div className="pending-body">
        {!none && (
          <BlastRadius
            matrix={matrix}
            asked={{ changes: requestOf(matrix, pending), ...(joins.size > 0 && { joinOfficeIds: [...joins] }) }}
          />
        )}
        <div className="panel-part">
          {none ? (
            <p className="muted s13">{t('emr.permissions.nothing-pending')}</p>
          ) : (
            <ul className="stack g3">
              {joining.length > 0 && (
                <li className="s13">
                  {t('fix.emr.offices-first', { user: matrix.user.displayName, offices: joining.join(', ') })}
                </li>
              )}
              {changes.map((change) => (
                <ChangedRow key={keyOf(change.place)} change={change} onChange={onChange} />
              ))}
            </ul>
          )}
        </div>
        {changes.length > 0 && <WhatHappens matrix={matrix} pending={pending} changes={changes} />}
      </div>
      <form
        className="panel-part stack"
        onSubmit={(event) => {
          event.preventDefault();
          onSave(reason.trim(), () => setReason(''));
        }}
      >
        <Textarea
          label={t('emr.permissions.reason')}
          value={reason}
          maxLength={500}
          onChange={(event) => setReason(event.currentTarget.value)}
        />
        <Button type="submit" fullWidth variant="filled" disabled={none || blocked || saving}>
          {t('emr.permissions.save')}
        </Button>
        {problem != null && <ErrorState problem={problem} />}
        <p className="small muted" role="status">
          {blocked && t('emr.conflict.first')}
          {!blocked && saved && none && t('emr.permissions.saved')}
          {!blocked && !none && t('emr.permissions.not-yet')}
        </p>
      </form>
    </aside>
  );
}
