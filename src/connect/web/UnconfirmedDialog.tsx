import { Button, Checkbox, Modal } from '@mantine/core';
import { useState } from 'react';
import { formatDate } from '../../language/dates.ts';
import { Banner } from '../../ui/Banner.tsx';
import { DataTable } from '../../ui/DataTable.tsx';
import { ErrorState } from '../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../ui/language.tsx';
import type { SliceStatus, SyncStatus } from '../contract/sync.ts';
import { timeAt } from './site-time.ts';
import { useReleaseUnconfirmed, useUnconfirmed } from './sync-queries.ts';

/** The unconfirmed bookings of a schedule, to be looked up in the EMR; those that are gone there are chosen and released. */
export function UnconfirmedDialog({
  slice,
  status,
  onClose,
}: {
  slice: SliceStatus;
  status: SyncStatus;
  onClose: () => void;
}) {
  const t = useT();
  const language = useLanguage();
  const { data, error, refetch } = useUnconfirmed(slice);
  const release = useReleaseUnconfirmed(slice);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const listed = data?.bookings.map(({ bookingId }) => bookingId) ?? [];
  // What has left the list meanwhile is not released with the rest.
  const gone = listed.filter((id) => chosen.has(id));
  const choose = (id: string, on: boolean) =>
    setChosen(new Set(on ? [...chosen, id] : [...chosen].filter((one) => one !== id)));
  const title = t('connect.unconfirmed.title', { provider: slice.providerDisplay, office: slice.officeName });
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeButtonProps={{ 'aria-label': t('frame.close') }}>
      <div className="stack g3">
        {!data && (error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />)}
        {release.isSuccess && (
          <Banner tone="green" announce="status">
            {t('connect.unconfirmed.released', { count: release.data.released })}
          </Banner>
        )}
        {release.error && <ErrorState problem={release.error} />}
        {data && data.total === 0 && !release.isSuccess && <p>{t('connect.unconfirmed.none')}</p>}
        {data && data.total > 0 && (
          <>
            <p>{t('connect.unconfirmed.means')}</p>
            <DataTable label={title}>
              <thead>
                <tr>
                  <th scope="col">
                    <Checkbox
                      size="xs"
                      label={t('connect.settings.select-all')}
                      checked={gone.length === listed.length}
                      indeterminate={gone.length > 0 && gone.length < listed.length}
                      onChange={({ currentTarget }) => setChosen(new Set(currentTarget.checked ? listed : []))}
                    />
                  </th>
                  <th scope="col">{t('connect.unconfirmed.number')}</th>
                </tr>
              </thead>
              <tbody>
                {data.bookings.map((booking) => (
                  <tr key={booking.bookingId}>
                    <td>
                      <Checkbox
                        size="xs"
                        label={`${formatDate(language, booking.date)}, ${booking.time}`}
                        description={t('connect.unconfirmed.since', { time: timeAt(language, booking.since, status) })}
                        checked={chosen.has(booking.bookingId)}
                        onChange={({ currentTarget }) => choose(booking.bookingId, currentTarget.checked)}
                      />
                    </td>
                    <td>
                      <code>{booking.bookingId}</code>
                    </td>
                  </tr>
                ))}
              </tbody>
            </DataTable>
            {data.total > data.bookings.length && (
              <p className="s13 muted">
                {t('connect.unconfirmed.more', { shown: data.bookings.length, total: data.total })}
              </p>
            )}
          </>
        )}
        <div className="row wrap">
          {data && data.total > 0 && (
            <Button
              variant="filled"
              color="red"
              loading={release.isPending}
              disabled={gone.length === 0}
              onClick={() => release.mutate(gone)}
            >
              {gone.length === 0
                ? t('connect.unconfirmed.choose')
                : t('connect.unconfirmed.release', { count: gone.length })}
            </Button>
          )}
          <Button onClick={onClose} data-autofocus>
            {t('frame.close')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
