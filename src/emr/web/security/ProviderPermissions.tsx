import { Button } from '@mantine/core';
import { IconBuilding, IconPlugConnected } from '@tabler/icons-react';
import { useBlocker } from '@tanstack/react-router';
import { useCallback, useState } from 'react';
import { ApiProblem } from '../../../ui/api.ts';
import { Banner } from '../../../ui/Banner.tsx';
import { ConfirmDialog } from '../../../ui/ConfirmDialog.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { Sentence, useLanguage, useT } from '../../../ui/language.tsx';
import { CellLegend } from '../../../ui/PermissionCell.tsx';
import type { ProviderPermissions as Matrix } from '../../contract/security.ts';
import { ReplaceCredentials } from '../integrations/ReplaceCredentials.tsx';
import { formatInstant } from '../office-time.ts';
import { ConflictChooser } from './ConflictChooser.tsx';
import { CopyFrom } from './CopyFrom.tsx';
import { withCopy } from './copy.ts';
import { OfficesDialog } from './OfficesDialog.tsx';
import { PendingPanel } from './PendingPanel.tsx';
import { PermissionTable } from './PermissionTable.tsx';
import { type Place, placesOf, requestOf } from './pending-changes.ts';
import { useProviderPermissions, useSavePermissions } from './permissions.queries.ts';
import { everyRow, shows, TableFilter } from './TableFilter.tsx';
import { usePendingChanges } from './use-pending-changes.ts';

/** The tab *Provider Permissions* of one user. */
export function ProviderPermissions({ userId, cell }: { userId: string; cell?: string | undefined }) {
  const { data, error, refetch } = useProviderPermissions(userId);
  if (data) return <Editor latest={data} cell={cell} />;
  return (
    <div className="security-main">
      {error ? <ErrorState problem={error} onRetry={() => void refetch()} /> : <LoadingBlock />}
    </div>
  );
}

/** When the last of the rows was changed, by the wall clock of its office. */
function LastChange({ matrix }: { matrix: Matrix }) {
  const t = useT();
  const language = useLanguage();
  const last = placesOf(matrix).reduce<Place | undefined>(
    (found, place) => ((place.row.changedAt ?? '') > (found?.row.changedAt ?? '') ? place : found),
    undefined,
  );
  if (!last || last.row.changedAt === null) return null;
  const when = formatInstant(language, last.row.changedAt, last.office.zone);
  return <span className="small muted">{t('emr.permissions.last-saved', { version: matrix.version, when })}</span>;
}

const states = ['held', 'not-held', 'needed', 'will-grant', 'will-take', 'lapsed'] as const;

function Editor({ latest, cell }: { latest: Matrix; cell: string | undefined }) {
  const t = useT();
  const { userId } = latest.user;
  const { matrix, pending, conflict, change, discard, resolve } = usePendingChanges(latest);
  const [shown, setShown] = useState(everyRow);
  const [offices, setOffices] = useState<{ readonly propose?: string | undefined } | undefined>();
  const save = useSavePermissions(userId);
  const blocker = useBlocker({
    shouldBlockFn: () => pending.size > 0,
    enableBeforeUnload: () => pending.size > 0,
    withResolver: true,
  });
  const onMembership = useCallback((officeId: string) => setOffices({ propose: officeId }), []);
  const onSave = (reason: string, onSaved: () => void) =>
    save.mutate(
      { version: matrix.version, changes: requestOf(matrix, pending), ...(reason !== '' && { reason }) },
      {
        onSuccess: () => {
          discard();
          onSaved();
        },
      },
    );
  // A conflict says itself what there is to do; beside it the refusal would say it twice.
  const refused = save.error instanceof ApiProblem && save.error.status === 412 && (conflict || pending.size === 0);
  const { user, isIntegrationUser } = matrix;
  return (
    <>
      <div className="security-main">
        <div className="row wrap tab-head">
          <h2 id="provider-permissions">{t('emr.permissions')}</h2>
          <span className="grow" />
          <CopyFrom matrix={matrix} pending={pending} onCopy={(copy) => change((now) => withCopy(now, copy))} />
          <Button leftSection={<IconBuilding size={16} stroke={1.75} aria-hidden />} onClick={() => setOffices({})}>
            {t('emr.offices')}
          </Button>
          {isIntegrationUser && <ReplaceCredentials userId={userId} />}
        </div>
        {isIntegrationUser ? (
          <Banner icon={IconPlugConnected}>
            <Sentence of="emr.permissions.is-integration" />
          </Banner>
        ) : (
          <Banner tone="amber">
            <Sentence of="emr.permissions.not-integration" params={{ name: user.displayName }} />
          </Banner>
        )}
        {conflict && (
          <ConflictChooser
            key={latest.version}
            conflict={conflict}
            onChoose={(cells, sides) => {
              save.reset();
              resolve(cells, sides);
            }}
            onDiscard={() => {
              save.reset();
              discard();
            }}
          />
        )}
        <div className="row wrap">
          <TableFilter
            places={placesOf(matrix)}
            pending={pending}
            integration={isIntegrationUser}
            shown={shown}
            onShow={setShown}
          />
          <span className="grow" />
          <LastChange matrix={matrix} />
        </div>
        <PermissionTable
          matrix={matrix}
          pending={pending}
          shows={(place) => shows(shown, pending, place)}
          filtered={shown.which !== 'all' || shown.search.trim() !== ''}
          onChange={change}
          onMembership={onMembership}
          cell={cell}
        />
        <CellLegend states={isIntegrationUser ? states : states.filter((state) => state !== 'needed')} />
      </div>
      <PendingPanel
        matrix={matrix}
        pending={pending}
        blocked={conflict !== undefined}
        saving={save.isPending}
        saved={save.isSuccess}
        problem={refused ? undefined : (save.error ?? undefined)}
        onChange={change}
        onDiscard={discard}
        onSave={onSave}
      />
      {offices && <OfficesDialog matrix={latest} propose={offices.propose} onClose={() => setOffices(undefined)} />}
      <ConfirmDialog
        opened={blocker.status === 'blocked'}
        title={t('emr.permissions.leave')}
        confirmLabel={t('emr.permissions.discard')}
        cancelLabel={t('emr.permissions.stay')}
        danger
        onConfirm={() => blocker.proceed?.()}
        onCancel={() => blocker.reset?.()}
      >
        {t('emr.permissions.leave-detail', { count: pending.size })}
      </ConfirmDialog>
    </>
  );
}
