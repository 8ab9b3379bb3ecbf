import { Tabs } from '@mantine/core';
import { useState } from 'react';
import { formatDate } from '../../../language/dates.ts';
import { ApiProblem } from '../../../ui/api.ts';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import { Page } from '../../../ui/Page.tsx';
import { StatusChip } from '../../../ui/StatusChip.tsx';
import type { Chart } from '../../contract/chart.ts';
import { AppointmentsTab } from './AppointmentsTab.tsx';
import { BillsTab } from './BillsTab.tsx';
import { type EntryToWithdraw, useChart } from './chart.queries.ts';
import { DocumentsTab } from './DocumentsTab.tsx';
import { NotesTab } from './NotesTab.tsx';
import { OceanPanel } from './OceanPanel.tsx';
import { usePicked } from './picked.ts';
import { ResultsTab } from './ResultsTab.tsx';
import { SummaryTab } from './SummaryTab.tsx';
import { type ChartTabId, chartTabIds } from './tab-ids.ts';
import { WithdrawDialog } from './WithdrawDialog.tsx';

/** One patient's chart. The address names the patient by id and a tab, and nothing that a person is known by. */
export function ChartPage({
  patientId,
  tab,
  onTab,
}: {
  patientId: string;
  tab: ChartTabId;
  onTab: (tab: ChartTabId) => void;
}) {
  const t = useT();
  const chart = useChart(patientId);
  if (chart.data)
    return (
      <Opened patientId={patientId} chart={chart.data} tab={tab} onTab={onTab} onLook={() => void chart.refetch()} />
    );
  const unknown = chart.error instanceof ApiProblem && chart.error.status === 404;
  return (
    <Page title={t('chart-page.chart')}>
      {unknown && <EmptyState reason={t('chart-page.no-chart')} who={t('emr.scheduler.administrator')} withheld />}
      {chart.isError && !unknown && <ErrorState problem={chart.error} onRetry={() => void chart.refetch()} />}
      {chart.isPending && <LoadingBlock />}
    </Page>
  );
}

function Opened({
  patientId,
  chart,
  tab,
  onTab,
  onLook,
}: {
  patientId: string;
  chart: Chart;
  tab: ChartTabId;
  onTab: (tab: ChartTabId) => void;
  onLook: () => void;
}) {
  const t = useT();
  const picked = usePicked(chart.ocean.integrationUser !== null);
  const [withdrawn, setWithdrawn] = useState<EntryToWithdraw>();
  const of = { patientId, chart };
  const withOcean = tab === 'documents' || tab === 'results';
  return (
    <Page title={<ChartTitle chart={chart} />} windowTitle={t('chart-page.chart')}>
      <Tabs
        value={tab}
        keepMounted={false}
        className="chart-tabs"
        onChange={(next) => onTab(chartTabIds.find((one) => one === next) ?? 'summary')}
      >
        <Tabs.List aria-label={t('chart-page.chart')}>
          {chartTabIds.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {t(`chart-page.tab.${one}`)}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <div className={withOcean ? 'chart-body with-ocean' : 'chart-body'}>
          <Tabs.Panel value="summary">
            <SummaryTab chart={chart} />
          </Tabs.Panel>
          <Tabs.Panel value="appointments">
            <AppointmentsTab {...of} />
          </Tabs.Panel>
          <Tabs.Panel value="documents">
            <DocumentsTab {...of} picked={picked} onWithdraw={setWithdrawn} />
          </Tabs.Panel>
          <Tabs.Panel value="notes">
            <NotesTab {...of} onWithdraw={setWithdrawn} />
          </Tabs.Panel>
          <Tabs.Panel value="results">
            <ResultsTab {...of} picked={picked} onWithdraw={setWithdrawn} />
          </Tabs.Panel>
          <Tabs.Panel value="bills">
            <BillsTab {...of} onWithdraw={setWithdrawn} />
          </Tabs.Panel>
          {withOcean && <OceanPanel patientId={patientId} ocean={chart.ocean} picked={picked} onLook={onLook} />}
        </div>
      </Tabs>
      {withdrawn && <WithdrawDialog patientId={patientId} entry={withdrawn} onClose={() => setWithdrawn(undefined)} />}
    </Page>
  );
}

function ChartTitle({ chart: { patient } }: { chart: Chart }) {
  const t = useT();
  const language = useLanguage();
  if ('masked' in patient) return <>{t('emr.scheduler.patient-withheld')}</>;
  const { display, birthDate, chartNumber, active } = patient;
  const facts = [
    birthDate !== null && t('chart-page.born-on', { date: formatDate(language, birthDate, 'day') }),
    chartNumber !== null && t('chart-page.chart-number-is', { number: chartNumber }),
  ].filter((fact) => fact !== false);
  return (
    <span className="row wrap">
      {display} <span className="s13 muted day-of">{facts.join(' · ')}</span>
      {!active && <StatusChip tone="amber" label={t('chart-page.inactive')} />}
    </span>
  );
}
