import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconFileTypeCsv, IconMail, IconRefresh } from '@tabler/icons-react';
import { useT } from '../../ui/language.tsx';
import { type DayFilter, queryOf } from './day-filter.ts';
import { useSynchronize } from './day-queries.ts';

/** *Actions* of the Patients page. A message goes to the patient of the booking that is open. */
export function PatientsActions({ filter, onCompose }: { filter: DayFilter; onCompose: () => void }) {
  const t = useT();
  const synchronize = useSynchronize();
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            loading={synchronize.isPending}
            rightSection={<IconChevronDown size={16} stroke={1.75} aria-hidden />}
          >
            {t('portal.actions')}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconRefresh size={16} stroke={1.75} aria-hidden />}
            onClick={() => synchronize.mutate()}
          >
            {t('portal.actions.sync')}
          </Menu.Item>
          <Menu.Item
            component="a"
            href={`/api/patients.csv?${queryOf(filter)}`}
            download
            leftSection={<IconFileTypeCsv size={16} stroke={1.75} aria-hidden />}
          >
            {t('portal.actions.csv')}
          </Menu.Item>
          <Menu.Item leftSection={<IconMail size={16} stroke={1.75} aria-hidden />} onClick={onCompose}>
            {t('portal.actions.message')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <span role="status" className="small muted">
        {synchronize.data && t(`portal.actions.sync.${synchronize.data.made ? 'asked' : 'already'}`)}
      </span>
      {synchronize.error && (
        <span role="alert" className="small t-red">
          {t('portal.failed', { why: synchronize.error.message })}
        </span>
      )}
    </>
  );
}
