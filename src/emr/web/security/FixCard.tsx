import { Checkbox } from '@mantine/core';
import { IconMailForward } from '@tabler/icons-react';
import { bitOf, columns } from '../../../fhir/columns.ts';
import { columnName } from '../../../language/column-name.ts';
import { formatDate } from '../../../language/dates.ts';
import { listOf } from '../../../language/lists.ts';
import { Banner } from '../../../ui/Banner.tsx';
import { Sentence, useLanguage, useT } from '../../../ui/language.tsx';
import type { FixProposal, ProposedCell, ProposedRemoval } from '../../contract/fix-requests.ts';
import type { ProviderPermissions } from '../../contract/security.ts';
import { useWallClock } from '../office-time.ts';
import { countChosen, isDayChosen, type Proposed, proposedOn, withAll, withCell, withDay } from './fix-proposal.ts';
import { keyOf, type Pending, targetOf } from './pending-changes.ts';
import { useFeatureName } from './use-feature-name.ts';

type Change = (next: (pending: Pending) => Pending) => void;

function Cell({
  cell,
  proposed,
  pending,
  onChange,
}: {
  cell: ProposedCell;
  proposed: Proposed;
  pending: Pending;
  onChange: Change;
}) {
  const t = useT();
  const language = useLanguage();
  const nameOf = useFeatureName();
  const { place } = proposed;
  const { column } = cell;
  const granted = (place.row.columns & bitOf[column]) !== 0;
  const name = t(columnName(column));
  return (
    <li>
      <Checkbox
        size="xs"
        aria-label={t('fix.emr.cell', { column: name, provider: place.row.display, office: place.office.name })}
        checked={(targetOf(pending, place).columns & bitOf[column]) !== 0}
        disabled={granted}
        onChange={(event) => {
          const chosen = event.currentTarget.checked;
          onChange((now) => withCell(now, place, column, chosen));
        }}
        label={
          <>
            <strong>{name}</strong>{' '}
            <span className="muted">
              {granted
                ? t('fix.emr.already')
                : cell.features.length > 0 &&
                  t('fix.emr.for', { features: listOf(language, cell.features.map(nameOf)) })}
            </span>
          </>
        }
      />
    </li>
  );
}

/** A tick that may go: chosen where it is not to be there any more. */
function RemovedCell({
  removal: { column },
  client,
  proposed: { place, schedule },
  pending,
  onChange,
}: {
  removal: ProposedRemoval;
  client: string;
  proposed: Proposed;
  pending: Pending;
  onChange: Change;
}) {
  const t = useT();
  const granted = (place.row.columns & bitOf[column]) !== 0;
  const name = t(columnName(column));
  return (
    <li>
      <Checkbox
        size="xs"
        aria-label={t('fix.emr.remove.cell', { column: name, provider: place.row.display, office: place.office.name })}
        checked={(targetOf(pending, place).columns & bitOf[column]) === 0}
        disabled={!granted}
        onChange={(event) => {
          const taken = event.currentTarget.checked;
          onChange((now) => withCell(now, place, column, !taken));
        }}
        label={
          <>
            <strong>{name}</strong> {granted && <span className="t-red">{t('fix.emr.remove')}</span>}{' '}
            <span className="muted">
              {granted
                ? t(schedule.selected ? 'fix.emr.remove.no-feature' : 'fix.emr.remove.not-selected', { client })
                : t('fix.emr.removed')}
            </span>
          </>
        }
      />
    </li>
  );
}

function Schedule({
  proposed,
  client,
  pending,
  onChange,
}: {
  proposed: Proposed;
  client: string;
  pending: Pending;
  onChange: Change;
}) {
  const t = useT();
  const language = useLanguage();
  const { schedule, place, nextDay } = proposed;
  const target = targetOf(pending, place);
  const day = (one: string | null) => (one === null ? t('emr.until.none') : formatDate(language, one, 'day'));
  return (
    <li className="stack g1">
      <p className="s13">
        <strong>{place.row.display}</strong> <span className="muted">{place.office.name}</span>
      </p>
      <ul className="fix-cells">
        {schedule.cells
          .toSorted((one, other) => columns.indexOf(one.column) - columns.indexOf(other.column))
          .map((cell) => (
            <Cell key={cell.column} cell={cell} proposed={proposed} pending={pending} onChange={onChange} />
          ))}
        {schedule.removals.map((removal) => (
          <RemovedCell
            key={removal.column}
            removal={removal}
            client={client}
            proposed={proposed}
            pending={pending}
            onChange={onChange}
          />
        ))}
        {schedule.until !== null && nextDay === null && <li className="s13 muted">{t('fix.emr.until-done')}</li>}
        {nextDay !== null && (
          <li>
            <Checkbox
              size="xs"
              checked={isDayChosen(place, target.accessUntilDay)}
              onChange={(event) => {
                const chosen = event.currentTarget.checked;
                onChange((now) => withDay(now, place, chosen ? nextDay : place.row.accessUntilDay));
              }}
              label={t('fix.emr.until', {
                day: day(place.row.accessUntilDay),
                next: day(isDayChosen(place, target.accessUntilDay) ? target.accessUntilDay : nextDay),
              })}
            />
          </li>
        )}
      </ul>
    </li>
  );
}

/** What a fix request asks for, cell by cell: all of it is proposed, and each can be left out. */
export function FixCard({
  fix,
  matrix,
  pending,
  joins,
  onChange,
  onJoin,
}: {
  fix: FixProposal;
  matrix: ProviderPermissions;
  pending: Pending;
  /** Offices that the user is to belong to as well. */
  joins: ReadonlySet<string>;
  onChange: Change;
  onJoin: (joins: ReadonlySet<string>) => void;
}) {
  const t = useT();
  const wall = useWallClock();
  const proposed = proposedOn(matrix, fix);
  const known = new Set(proposed.map(({ place }) => keyOf(place)));
  const members = new Set(matrix.offices.filter(({ member }) => member).map(({ officeId }) => officeId));
  const joinable = fix.offices.filter(({ officeId, name }) => name !== null && !members.has(officeId));
  const counted = countChosen(pending, proposed);
  const chosen = counted.chosen + joinable.filter(({ officeId }) => joins.has(officeId)).length;
  const all = counted.all + joinable.length;
  const user = matrix.user.displayName;
  const asksForMore = fix.offices.length > 0 || fix.schedules.some(({ cells, until }) => cells.length > 0 || until);
  const lead = (pick: (one: FixProposal['schedules'][number]) => readonly unknown[]) => ({
    client: fix.clientName,
    cells: fix.schedules.reduce((sum, one) => sum + pick(one).length, 0),
    schedules: fix.schedules.filter((one) => pick(one).length > 0 || (one.until && one.removals.length === 0)).length,
    made: wall(fix.madeAt),
    until: wall(fix.expiresAt),
  });
  return (
    <section className="card fix-card" aria-labelledby="fix-request">
      <header>
        <IconMailForward size={20} stroke={1.75} aria-hidden />
        <h2 id="fix-request" className="grow">
          {t('fix.emr.title')}
        </h2>
        {all > 0 && (
          <Checkbox
            label={t('fix.emr.all')}
            checked={chosen === all}
            indeterminate={chosen > 0 && chosen < all}
            onChange={(event) => {
              const whole = event.currentTarget.checked;
              onChange((now) => withAll(now, proposed, whole));
              onJoin(new Set(whole ? joinable.map(({ officeId }) => officeId) : []));
            }}
          />
        )}
      </header>
      <div className="pad stack g3">
        {asksForMore && all > 0 && (
          <p className="s13">
            <Sentence of="fix.emr.lead" params={{ ...lead(({ cells }) => cells), gaps: fix.gaps.join(', ') }} />
          </p>
        )}
        {all > 0 && fix.schedules.some(({ removals }) => removals.length > 0) && (
          <p className="s13">
            <Sentence of="fix.emr.lead.remove" params={lead(({ removals }) => removals)} />
          </p>
        )}
        {all === 0 && (
          <Banner tone="green" announce="status">
            {t(asksForMore ? 'fix.emr.done' : 'fix.emr.done.remove')}
          </Banner>
        )}
        {fix.offices.length > 0 && (
          <ul className="stack g1">
            {fix.offices.map(({ officeId, name }) => (
              <li key={officeId} className="s13">
                {name === null ? (
                  <span className="t-amber">{t('fix.emr.unknown-office', { office: officeId })}</span>
                ) : members.has(officeId) ? (
                  <span className="muted">{t('fix.emr.joined', { user, office: name })}</span>
                ) : (
                  <Checkbox
                    size="xs"
                    label={t('fix.emr.join', { user, office: name })}
                    checked={joins.has(officeId)}
                    onChange={(event) =>
                      onJoin(
                        new Set(
                          event.currentTarget.checked
                            ? [...joins, officeId]
                            : [...joins].filter((one) => one !== officeId),
                        ),
                      )
                    }
                  />
                )}
              </li>
            ))}
          </ul>
        )}
        <ul className="fix-schedules">
          {proposed.map((one) => (
            <Schedule
              key={keyOf(one.place)}
              proposed={one}
              client={fix.clientName}
              pending={pending}
              onChange={onChange}
            />
          ))}
        </ul>
        {fix.schedules
          .filter(({ officeId, providerId }) => !known.has(`${officeId}/${providerId}`))
          .map(({ officeId, providerId }) => (
            <p key={`${officeId}/${providerId}`} className="s13 t-amber">
              {t('fix.emr.unknown-schedule', { provider: providerId, office: officeId })}
            </p>
          ))}
      </div>
    </section>
  );
}
