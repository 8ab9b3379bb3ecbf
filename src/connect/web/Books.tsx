import { IconEye, IconEyeOff, IconPlayerSkipForward } from '@tabler/icons-react';
import { formatNumber } from '../../language/dates.ts';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { SyncStatus } from '../contract/sync.ts';

/** In the EMR = shown + skipped + invisible. What cannot be seen can only be "at least": as long as there is a gap, so is the sum. */
export function Books({
  status: { books, schedules },
  matchedAt,
}: {
  status: SyncStatus;
  matchedAt: string | undefined;
}) {
  const t = useT();
  const language = useLanguage();
  const { shown, skipped, invisibleAtLeast, gaps } = books;
  const total = shown + skipped + invisibleAtLeast;
  const number = (value: number) => formatNumber(language, value);
  const open = gaps > 0 || invisibleAtLeast > 0;
  // Of a schedule that nobody has selected only those bookings are known that were read before.
  const unread = schedules.some(({ outcome }) => outcome === 'not-selected');
  const share = (value: number) => ({ flexGrow: total === 0 ? 0 : value });
  return (
    <div className="stack g1">
      <div className="row wrap books-head">
        <h3 className="grow">{t('connect.books')}</h3>
        {matchedAt !== undefined && <span className="small muted">{t('connect.books.as-of', { at: matchedAt })}</span>}
      </div>
      <div className="books-bar" aria-hidden>
        <span className="shown" style={share(shown)} />
        <span className="skipped" style={share(skipped)} />
        <span className="invisible hatch" style={share(invisibleAtLeast)} />
      </div>
      <dl className="books">
        <div>
          <dt>{t('connect.books.emr')}</dt>
          <dd>{open || unread ? t('connect.books.at-least', { count: number(total) }) : number(total)}</dd>
        </div>
        <div data-sign="=">
          <dt>
            <IconEye size={14} stroke={1.75} aria-hidden /> {t('connect.books.shown')}
          </dt>
          <dd>{number(shown)}</dd>
        </div>
        <div data-sign="+">
          <dt>
            <IconPlayerSkipForward size={14} stroke={1.75} aria-hidden /> {t('connect.books.skipped')}
          </dt>
          <dd>
            {!unread && number(skipped)}
            {unread &&
              (skipped === 0 ? t('connect.books.unknown') : t('connect.books.at-least', { count: number(skipped) }))}
          </dd>
        </div>
        <div data-sign="+">
          <dt>
            <IconEyeOff size={14} stroke={1.75} aria-hidden /> {t('connect.books.invisible')}
          </dt>
          <dd className={open ? 't-amber' : undefined}>
            {open ? t('connect.books.at-least', { count: number(invisibleAtLeast) }) : number(0)}
          </dd>
        </div>
      </dl>
    </div>
  );
}
