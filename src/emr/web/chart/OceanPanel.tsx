import { ActionIcon, Button } from '@mantine/core';
import {
  IconCircleCheck,
  IconClock,
  IconClockX,
  IconFileOff,
  IconRefresh,
  IconX,
  type TablerIcon,
} from '@tabler/icons-react';
import { Banner } from '../../../ui/Banner.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { type ChipTone, StatusChip } from '../../../ui/StatusChip.tsx';
import type { Chart, NamedCell, StagedItem } from '../../contract/chart.ts';
import { useSaveForOcean, useTakeBack } from './chart.queries.ts';
import { pairOf, timeWords } from './chart-words.ts';
import type { Picked, PickedItem } from './picked.ts';
import { CellLines, linesOf } from './Withheld.tsx';

/** *Save for Ocean*: what is picked, what waits to be fetched and until when, and what became of the rest. */
export function OceanPanel({
  patientId,
  ocean,
  picked,
  onLook,
}: {
  patientId: string;
  ocean: Chart['ocean'];
  picked: Picked;
  onLook: () => void;
}) {
  const t = useT();
  const save = useSaveForOcean(patientId);
  const takeBack = useTakeBack(patientId);
  const ids = (kind: StagedItem['kind']) => picked.items.filter((one) => one.kind === kind).map(({ id }) => id);
  return (
    <section className="card ocean" aria-labelledby="ocean-head">
      <header>
        <h2 id="ocean-head" className="grow">
          {t('chart-page.ocean')}
        </h2>
        {ocean.staged.length > 0 && (
          <ActionIcon variant="subtle" aria-label={t('chart-page.ocean.look')} onClick={onLook}>
            <IconRefresh size={16} stroke={1.75} aria-hidden />
          </ActionIcon>
        )}
      </header>
      <div className="pad stack g3">
        {ocean.integrationUser === null ? (
          <p className="s13">{t('chart-page.ocean.nobody')}</p>
        ) : (
          <>
            <p className="s13 muted">{t('chart-page.ocean.what', { name: ocean.integrationUser })}</p>
            {picked.items.length > 0 && (
              <ul className="stack g1" aria-label={t('chart-page.ocean.picked')}>
                {picked.items.map((one) => (
                  <li key={`${one.kind} ${one.id}`} className="row s13">
                    <span className="grow">{one.title}</span>
                    <ActionIcon
                      variant="subtle"
                      size={24}
                      aria-label={t('chart-page.ocean.unpick', { title: one.title })}
                      onClick={() => picked.set(one, false)}
                    >
                      <IconX size={14} stroke={1.75} aria-hidden />
                    </ActionIcon>
                  </li>
                ))}
              </ul>
            )}
            <Button
              variant="filled"
              disabled={picked.items.length === 0 || save.isPending}
              onClick={() =>
                save.mutate(
                  { documentIds: ids('document'), reportIds: ids('result') },
                  { onSuccess: () => picked.clear() },
                )
              }
            >
              {t('chart-page.ocean.save', { count: picked.items.length })}
            </Button>
            {ocean.lacks.length > 0 && <Lacks cells={ocean.lacks} name={ocean.integrationUser} />}
          </>
        )}
        {save.isError && <ErrorState problem={save.error} />}
        {takeBack.isError && <ErrorState problem={takeBack.error} />}
        <p role="status" className="vh">
          {save.isSuccess && t('chart-page.ocean.saved')}
        </p>
        {ocean.staged.length > 0 && (
          <ul className="stack staged" aria-label={t('chart-page.ocean.staged')}>
            {ocean.staged.map((one) => (
              <Staged
                key={`${itemOf(one).id} ${pairOf(one)}`}
                item={one}
                busy={takeBack.isPending}
                onTakeBack={() => takeBack.mutate(itemOf(one))}
              />
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}

const itemOf = (one: StagedItem): Pick<PickedItem, 'kind' | 'id'> =>
  one.kind === 'document' ? { kind: one.kind, id: one.documentId } : { kind: one.kind, id: one.reportId };

/** Said before anybody misses the attachment: what is saved there cannot be fetched. */
function Lacks({ cells, name }: { cells: readonly NamedCell[]; name: string }) {
  const t = useT();
  return (
    <Banner tone="amber">
      <p>{t('chart-page.ocean.lacks', { name })}</p>
      <CellLines lines={linesOf(cells)} />
    </Banner>
  );
}

const signsOf: Readonly<Record<StagedItem['state'], { readonly tone: ChipTone; readonly Icon: TablerIcon }>> = {
  waiting: { tone: 'blue', Icon: IconClock },
  fetched: { tone: 'green', Icon: IconCircleCheck },
  expired: { tone: 'amber', Icon: IconClockX },
  withdrawn: { tone: 'neutral', Icon: IconFileOff },
};

function Staged({ item, busy, onTakeBack }: { item: StagedItem; busy: boolean; onTakeBack: () => void }) {
  const t = useT();
  const language = useLanguage();
  const { title, state, savedBy, saved, until, fetched } = item;
  const { tone, Icon } = signsOf[state];
  return (
    <li>
      <div className="row top">
        <span className="grow s13">
          <strong>{title}</strong>
        </span>
        {state === 'waiting' && (
          <ActionIcon
            variant="subtle"
            size={24}
            disabled={busy}
            aria-label={t('chart-page.ocean.take-back', { title })}
            onClick={onTakeBack}
          >
            <IconX size={14} stroke={1.75} aria-hidden />
          </ActionIcon>
        )}
      </div>
      <StatusChip tone={tone} icon={Icon} label={t(`chart-page.ocean.${state}`)} />
      <p className="small muted">
        {state === 'fetched' && fetched
          ? t('chart-page.ocean.fetched-at', { when: timeWords(language, fetched) })
          : t('chart-page.ocean.until', { when: timeWords(language, until) })}
      </p>
      <p className="small muted">{t('chart-page.ocean.by', { who: savedBy, when: timeWords(language, saved) })}</p>
    </li>
  );
}
