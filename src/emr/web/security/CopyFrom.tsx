import { Button, Modal, MultiSelect, SegmentedControl, Select } from '@mantine/core';
import { IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useT } from '../../../ui/language.tsx';
import type { ProviderPermissions } from '../../contract/security.ts';
import { type Copy, copyFromSchedule, copyFromUser } from './copy.ts';
import { keyOf, type Pending, type Place, placesOf } from './pending-changes.ts';
import { useProviderPermissions } from './permissions.queries.ts';
import { useUsers } from './users.queries.ts';

interface Copying {
  readonly matrix: ProviderPermissions;
  readonly pending: Pending;
  readonly onCopy: (copy: Copy) => void;
}

const nameOf = ({ office, row }: Place) => `${row.display} · ${office.name}`;

/** What would become pending, and the button that makes it so. */
function Outcome({ copy, onCopy }: { copy: Copy | undefined; onCopy: (copy: Copy) => void }) {
  const t = useT();
  return (
    <>
      <p className="s13" role="status">
        {copy && t('security.copy.would-change', { count: copy.targets.length })}{' '}
        {copy && copy.leftOut.length > 0 && (
          <span className="t-amber">
            {t('security.copy.left-out', {
              count: copy.leftOut.length,
              rows: copy.leftOut.slice(0, 3).map(nameOf).join(', '),
            })}
          </span>
        )}
      </p>
      <div className="row">
        <Button variant="filled" disabled={!copy || copy.targets.length === 0} onClick={() => copy && onCopy(copy)}>
          {t('security.copy.act')}
        </Button>
      </div>
    </>
  );
}

function FromSchedule({ matrix, pending, onCopy }: Copying) {
  const t = useT();
  const [source, setSource] = useState<string | null>(null);
  const [chosen, setChosen] = useState<string[]>([]);
  const places = placesOf(matrix);
  const from = places.find((place) => keyOf(place) === source);
  const to = places.filter((place) => chosen.includes(keyOf(place)));
  const data = places.map((place) => ({ value: keyOf(place), label: nameOf(place) }));
  return (
    <>
      <Select
        label={t('security.copy.from-schedule')}
        searchable
        nothingFoundMessage={t('security.copy.no-schedule')}
        value={source}
        onChange={setSource}
        data={data}
      />
      <MultiSelect
        label={t('security.copy.to-schedules')}
        searchable
        hidePickedOptions
        nothingFoundMessage={t('security.copy.no-schedule')}
        value={chosen}
        onChange={setChosen}
        data={data.filter(({ value }) => value !== source)}
      />
      <Outcome copy={from && to.length > 0 ? copyFromSchedule(pending, from, to) : undefined} onCopy={onCopy} />
    </>
  );
}

function TheirRows({ userId, matrix, pending, onCopy }: Copying & { userId: string }) {
  const other = useProviderPermissions(userId);
  if (other.error) return <ErrorState problem={other.error} onRetry={() => void other.refetch()} />;
  if (!other.data) return <LoadingBlock />;
  return <Outcome copy={copyFromUser(matrix, pending, other.data)} onCopy={onCopy} />;
}

function FromUser(copying: Copying) {
  const t = useT();
  const users = useUsers();
  const [userId, setUserId] = useState<string | null>(null);
  const others = (users.data ?? []).filter((user) => user.userId !== copying.matrix.user.userId);
  return (
    <>
      <Select
        label={t('security.copy.from-user')}
        searchable
        nothingFoundMessage={t('emr.security.no-such-user')}
        value={userId}
        onChange={setUserId}
        data={others.map(({ userId: value, displayName, username }) => ({
          value,
          label: displayName === username ? username : `${displayName} (${username})`,
        }))}
      />
      {userId === null ? (
        <Outcome copy={undefined} onCopy={copying.onCopy} />
      ) : (
        <TheirRows {...copying} userId={userId} />
      )}
    </>
  );
}

/** *Copy from …*: another provider schedule of this user, or another user. Nothing is saved by it: it only adds pending changes. */
export function CopyFrom({ matrix, pending, onCopy }: Copying) {
  const t = useT();
  const [opened, setOpened] = useState(false);
  const [from, setFrom] = useState<'schedule' | 'user'>('schedule');
  const copying = {
    matrix,
    pending,
    onCopy: (copy: Copy) => {
      onCopy(copy);
      setOpened(false);
    },
  };
  return (
    <>
      <Button leftSection={<IconCopy size={16} stroke={1.75} aria-hidden />} onClick={() => setOpened(true)}>
        {t('security.copy')}
      </Button>
      <Modal
        opened={opened}
        onClose={() => setOpened(false)}
        title={t('security.copy.title', { name: matrix.user.displayName })}
        closeButtonProps={{ 'aria-label': t('frame.close') }}
      >
        <div className="stack g3">
          <SegmentedControl
            aria-label={t('security.copy')}
            value={from}
            onChange={(value) => setFrom(value as typeof from)}
            data={(['schedule', 'user'] as const).map((value) => ({ value, label: t(`security.copy.${value}`) }))}
          />
          <p className="s13 muted">{t(`security.copy.${from}-what`)}</p>
          {from === 'schedule' ? <FromSchedule {...copying} /> : <FromUser {...copying} />}
        </div>
      </Modal>
    </>
  );
}
