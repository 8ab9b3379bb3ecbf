import { Loader } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import {
  IconAlertTriangle,
  IconArrowDownRight,
  IconArrowUpRight,
  IconEqual,
  IconQuestionMark,
  type TablerIcon,
} from '@tabler/icons-react';
import { type ReactNode, useId } from 'react';
import type { NeededAway } from '../../../fhir/impact.ts';
import { columnName } from '../../../language/column-name.ts';
import { listOf } from '../../../language/lists.ts';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { BlastRadius as Counted, ImpactAnswer, PreviewRequest } from '../../contract/blast-radius.ts';
import type { ProviderPermissions } from '../../contract/security.ts';
import { keyOf, placesOf } from './pending-changes.ts';
import { useBlastRadius, useImpact, useProviderPermissions } from './permissions.queries.ts';
import { useFeatureName } from './use-feature-name.ts';

/** Asked once the ticking rests: a count is not free. */
const restMs = 350;
/** The rest is a number: the list of changes names each. */
const cellsNamed = 3;

type Tone = 't-red' | 't-green' | 't-amber' | '';

function Line({ icon: Icon, tone, children }: { icon: TablerIcon; tone: Tone; children: ReactNode }) {
  return (
    <p className={`blast-line ${tone}`}>
      <Icon size={16} stroke={1.75} aria-hidden />
      <span>{children}</span>
    </p>
  );
}

function Waiting({ children }: { children: ReactNode }) {
  return (
    <p className="blast-line muted">
      <Loader size={14} aria-hidden />
      <span>{children}</span>
    </p>
  );
}

function Figures({ counted: { bookings, patients }, name }: { counted: Counted; name: string }) {
  const t = useT();
  const appears = bookings.appear + patients.appear > 0;
  const disappears = bookings.disappear + patients.disappear > 0;
  return (
    <>
      {disappears && (
        <Line icon={IconArrowDownRight} tone="t-red">
          <strong>
            {t('emr.blast.disappear', { bookings: bookings.disappear, patients: patients.disappear, name })}
          </strong>
        </Line>
      )}
      {appears && (
        <Line icon={IconArrowUpRight} tone="t-green">
          <strong>{t('emr.blast.appear', { bookings: bookings.appear, patients: patients.appear, name })}</strong>
        </Line>
      )}
      {!appears && !disappears && (
        <Line icon={IconEqual} tone="">
          {t('emr.blast.none')}
        </Line>
      )}
      <p className="small muted">{t('emr.blast.how')}</p>
    </>
  );
}

/** Above all else: what is about to go and is needed there at this moment, whatever a request said when it was made. */
function NeededThere({ needed, matrix }: { needed: NeededAway; matrix: ProviderPermissions }) {
  const t = useT();
  const language = useLanguage();
  const nameOf = useFeatureName();
  const places = new Map(placesOf(matrix).map((place) => [keyOf(place), place]));
  const named = needed.cells.slice(0, cellsNamed).map(({ officeId, providerId, column }) => {
    const place = places.get(`${officeId}/${providerId}`);
    return t('emr.impact.needed.cell', {
      column: t(columnName(column)),
      provider: place?.row.display ?? providerId,
      office: place?.office.name ?? officeId,
    });
  });
  const more = needed.count - named.length;
  const cells = named.join(', ');
  return (
    <Line icon={IconAlertTriangle} tone="t-red">
      <strong>
        {t('emr.impact.needed', {
          count: needed.count,
          features: listOf(language, needed.features.map(nameOf)),
          cells: more > 0 ? t('emr.impact.needed.more', { cells, count: more }) : cells,
        })}
      </strong>
    </Line>
  );
}

function ImpactFigures({
  answer,
  matrix,
}: {
  answer: Exclude<ImpactAnswer, { state: 'not-integration' }>;
  matrix: ProviderPermissions;
}) {
  const t = useT();
  if (answer.state === 'unavailable') {
    return (
      <Line icon={IconQuestionMark} tone="t-amber">
        {t(`emr.impact.${answer.reason}`)}
      </Line>
    );
  }
  const { needed } = answer;
  const of = (side: 'start' | 'stop') => ({
    pages: answer.pages?.[side] ?? 0,
    reminders: answer.reminders[side],
    links: answer.links[side],
    writeBacks: answer.writeBacks[side],
  });
  const any = (side: 'start' | 'stop') => Object.values(of(side)).some((count) => count > 0);
  return (
    <>
      {needed !== undefined && needed.count > 0 && <NeededThere needed={needed} matrix={matrix} />}
      {any('stop') && (
        <Line icon={IconArrowDownRight} tone="t-red">
          {t('emr.impact.stop', of('stop'))}
        </Line>
      )}
      {any('start') && (
        <Line icon={IconArrowUpRight} tone="t-green">
          {t('emr.impact.start', of('start'))}
        </Line>
      )}
      {!any('stop') && !any('start') && !needed?.count && (
        <Line icon={IconEqual} tone="">
          {t('emr.impact.none')}
        </Line>
      )}
      <p className="small muted">{t('emr.impact.known')}</p>
    </>
  );
}

/** What the pending changes would do once they are saved: counted by the EMR, and asked of whoever is connected as this user. */
export function BlastRadius({ matrix, asked }: { matrix: ProviderPermissions; asked: PreviewRequest }) {
  const t = useT();
  const { user, version, isIntegrationUser } = matrix;
  // A dialog may show another one over the panel's.
  const heading = useId();
  const [text] = useDebouncedValue(JSON.stringify(asked), restMs);
  const rested = JSON.parse(text) as PreviewRequest;
  const isRested = text === JSON.stringify(asked);
  const counted = useBlastRadius(user.userId, version, rested);
  const impact = useImpact(user.userId, version, isIntegrationUser ? rested : undefined);
  const isWaiting = (one: typeof counted | typeof impact) =>
    !one.error && (!isRested || !one.data || one.isPlaceholderData);
  const counting = isWaiting(counted);
  const asking = isIntegrationUser && isWaiting(impact);
  return (
    <section className="panel-part stack" aria-labelledby={heading} aria-busy={counting || asking}>
      <h3 id={heading}>{t('emr.blast')}</h3>
      {counted.error ? (
        <ErrorState problem={counted.error} onRetry={() => void counted.refetch()} />
      ) : (
        <div role="status" className="stack g1">
          {counting ? (
            <Waiting>{t('emr.blast.counting')}</Waiting>
          ) : (
            <Figures counted={counted.data!} name={user.displayName} />
          )}
        </div>
      )}
      {isIntegrationUser && (
        <>
          <h4>{t('emr.impact')}</h4>
          <div role="status" className="stack g1">
            {impact.error ? (
              <Line icon={IconQuestionMark} tone="t-amber">
                {t('emr.impact.failed')}
              </Line>
            ) : asking ? (
              <Waiting>{t('emr.impact.asking')}</Waiting>
            ) : (
              impact.data &&
              impact.data.state !== 'not-integration' && <ImpactFigures answer={impact.data} matrix={matrix} />
            )}
          </div>
        </>
      )}
    </section>
  );
}

/** The same where the matrix is not on the page. */
export function BlastRadiusOf({ userId, asked }: { userId: string; asked: PreviewRequest }) {
  const t = useT();
  const { data, error, refetch } = useProviderPermissions(userId);
  if (data) return <BlastRadius matrix={data} asked={asked} />;
  return error ? (
    <ErrorState problem={error} onRetry={() => void refetch()} />
  ) : (
    <Waiting>{t('emr.blast.counting')}</Waiting>
  );
}
