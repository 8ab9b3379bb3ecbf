import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconLogin2 } from '@tabler/icons-react';
import { ApiProblem } from '../../../ui/api.ts';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useT } from '../../../ui/language.tsx';
import { stateOf } from '../../contract/booking-states.ts';
import type { BookingStateRequest, DayAppointment } from '../../contract/scheduler.ts';
import { signs, wordOf } from './booking-signs.ts';
import { useClinicStatuses, useSetState } from './scheduler.queries.ts';

/** Marks a booking as arrived, confirmed, seen …, or with a status of the clinic's own. */
export function StateMenu({ booking }: { booking: DayAppointment }) {
  const t = useT();
  const clinic = useClinicStatuses();
  const set = useSetState();
  const { becomes, clinicStatus } = booking;
  const own = (clinic.data?.statuses ?? []).filter(
    ({ code, means }) => code !== clinicStatus?.code && (becomes.includes(means) || means === stateOf(booking)),
  );
  const go = (body: BookingStateRequest) => set.mutate({ booking, body });
  const asked = set.variables?.body;
  const taken = set.error instanceof ApiProblem && set.error.key === 'emr.problem.time-taken';
  const said = set.isSuccess && (set.data.clinicStatus?.display ?? t(wordOf(stateOf(set.data))));
  return (
    <>
      {becomes.length + own.length > 0 && (
        <div className="row wrap">
          {becomes.includes('arrived') && (
            <Button
              disabled={set.isPending}
              leftSection={<IconLogin2 size={16} stroke={1.75} aria-hidden />}
              onClick={() => go({ state: 'arrived' })}
            >
              {t('scheduler.mark-arrived')}
            </Button>
          )}
          <Menu>
            <Menu.Target>
              <Button disabled={set.isPending} rightSection={<IconChevronDown size={16} stroke={1.75} aria-hidden />}>
                {t('scheduler.mark-as')}
              </Button>
            </Menu.Target>
            <Menu.Dropdown>
              {becomes.map((state) => {
                const { Icon } = signs[state];
                return (
                  <Menu.Item
                    key={state}
                    leftSection={<Icon size={16} stroke={1.75} aria-hidden />}
                    onClick={() => go({ state })}
                  >
                    {t(wordOf(state))}
                  </Menu.Item>
                );
              })}
              {own.length > 0 && <Menu.Label>{t('scheduler.own-statuses')}</Menu.Label>}
              {own.map(({ code, display, means }) => {
                const { Icon } = signs[means];
                return (
                  <Menu.Item
                    key={code}
                    leftSection={<Icon size={16} stroke={1.75} aria-hidden />}
                    onClick={() => go({ clinicStatus: code })}
                  >
                    {display}
                  </Menu.Item>
                );
              })}
            </Menu.Dropdown>
          </Menu>
        </div>
      )}
      {set.isError && (
        <ErrorState
          problem={set.error}
          action={
            taken &&
            asked && (
              <Button disabled={set.isPending} onClick={() => go({ ...asked, doubleBook: true })}>
                {t('emr.book.anyway')}
              </Button>
            )
          }
        />
      )}
      <p className="vh" role="status">
        {said && t('scheduler.marked', { state: said })}
      </p>
    </>
  );
}
