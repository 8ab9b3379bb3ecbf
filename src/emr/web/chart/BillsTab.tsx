import { Button } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { formatDate } from '../../../language/dates.ts';
import { DataTable } from '../../../ui/DataTable.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { Chart, ChartCharge, ChartCoverage } from '../../contract/chart.ts';
import { AddCharge, AddCoverage, RecordPayment } from './BillForms.tsx';
import { type EntryToWithdraw, useEntries } from './chart.queries.ts';
import { moneyWords, placeWords } from './chart-words.ts';
import { EntryMenu, EntryStatus, TabFrame } from './EntryParts.tsx';
import { preferredOf } from './preferred-place.ts';

type Open = { readonly form: 'charge' | 'coverage' } | { readonly form: 'payment'; readonly charge: ChartCharge };

export function BillsTab({
  patientId,
  chart,
  onWithdraw,
}: {
  patientId: string;
  chart: Chart;
  onWithdraw: (entry: EntryToWithdraw) => void;
}) {
  const t = useT();
  const language = useLanguage();
  const { entries, tab, ...read } = useEntries(patientId, 'bills', chart.bills);
  const [open, setOpen] = useState<Open>();
  const { accounts, balanceCents, coverages, mayAddAt } = tab;
  const form = { patientId, places: mayAddAt, prefer: preferredOf(chart, mayAddAt), onClose: () => setOpen(undefined) };
  return (
    <TabFrame
      tab={tab}
      read={read}
      empty={t('chart-page.charge.none')}
      actions={
        <>
          <Button
            variant="filled"
            leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
            onClick={() => setOpen({ form: 'charge' })}
          >
            {t('chart-page.charge.add-first')}
          </Button>
          <Button onClick={() => setOpen({ form: 'coverage' })}>{t('chart-page.coverage.add-first')}</Button>
        </>
      }
    >
      {accounts.length > 0 && (
        <section className="card pad balance" aria-label={t('chart-page.balance')}>
          <p>
            <span className="small muted">{t('chart-page.balance')}</span>
            <strong>{moneyWords(language, balanceCents)}</strong>
          </p>
          <ul className="s13 muted">
            {accounts.map((one) => (
              <li key={one.accountId}>
                {placeWords(one)}: {moneyWords(language, one.balanceCents)}
              </li>
            ))}
          </ul>
          {tab.withheld.length > 0 && <p className="s13 muted">{t('chart-page.balance-of-shown')}</p>}
        </section>
      )}
      {entries.length > 0 && (
        <Charges charges={entries} onPay={(charge) => setOpen({ form: 'payment', charge })} onWithdraw={onWithdraw} />
      )}
      {coverages.length > 0 && <Coverages coverages={coverages} />}
      {open?.form === 'charge' && <AddCharge {...form} />}
      {open?.form === 'coverage' && <AddCoverage {...form} />}
      {open?.form === 'payment' && <RecordPayment patientId={patientId} charge={open.charge} onClose={form.onClose} />}
    </TabFrame>
  );
}

function Charges({
  charges,
  onPay,
  onWithdraw,
}: {
  charges: readonly ChartCharge[];
  onPay: (charge: ChartCharge) => void;
  onWithdraw: (entry: EntryToWithdraw) => void;
}) {
  const t = useT();
  const language = useLanguage();
  return (
    <div className="card rows-table">
      <DataTable label={t('chart-page.charges')} caption>
        <thead>
          <tr>
            <th>{t('chart-page.charge.description')}</th>
            <th>{t('chart-page.charge.date')}</th>
            <th>{t('chart-page.with')}</th>
            <th className="num">{t('chart-page.charge.quantity')}</th>
            <th className="num">{t('chart-page.charge.amount')}</th>
            <th className="num">{t('chart-page.charge.paid')}</th>
            <th>
              <span className="vh">{t('chart-page.act')}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {charges.map((one) => {
            const payable = (one.status === 'billed' || one.status === 'billable') && one.paidCents < one.amountCents;
            return (
              <tr key={one.chargeItemId} className={one.status === 'entered-in-error' ? 'struck' : undefined}>
                <th scope="row">
                  <span className="row wrap">
                    <span className="entry-title">{one.description}</span>
                    <EntryStatus status={one.status} />
                  </span>
                </th>
                <td data-label={t('chart-page.charge.date')}>{formatDate(language, one.occurredOn, 'day')}</td>
                <td data-label={t('chart-page.with')}>{placeWords(one)}</td>
                <td className="num" data-label={t('chart-page.charge.quantity')}>
                  {one.quantity}
                </td>
                <td className="num" data-label={t('chart-page.charge.amount')}>
                  {moneyWords(language, one.amountCents)}
                </td>
                <td className="num" data-label={t('chart-page.charge.paid')}>
                  {moneyWords(language, one.paidCents)}
                </td>
                <td className="acts">
                  <EntryMenu
                    of={one.description}
                    acts={[
                      payable && { label: t('chart-page.payment.first'), onClick: () => onPay(one) },
                      one.can.withdraw && {
                        label: t('chart-page.withdraw.first'),
                        onClick: () =>
                          onWithdraw({
                            kind: 'charges',
                            id: one.chargeItemId,
                            version: one.version,
                            title: one.description,
                          }),
                      },
                    ]}
                  />
                </td>
              </tr>
            );
          })}
        </tbody>
      </DataTable>
    </div>
  );
}

function Coverages({ coverages }: { coverages: readonly ChartCoverage[] }) {
  const t = useT();
  const language = useLanguage();
  const day = (date: string | null) => (date === null ? '–' : formatDate(language, date, 'day'));
  return (
    <div className="card rows-table">
      <DataTable label={t('chart-page.coverages')} caption>
        <thead>
          <tr>
            <th>{t('chart-page.coverage.payor')}</th>
            <th>{t('chart-page.coverage.type')}</th>
            <th>{t('chart-page.coverage.number')}</th>
            <th>{t('chart-page.coverage.from')}</th>
            <th>{t('chart-page.coverage.until')}</th>
            <th>{t('chart-page.with')}</th>
          </tr>
        </thead>
        <tbody>
          {coverages.map((one) => (
            <tr key={one.coverageId} className={one.status === 'entered-in-error' ? 'struck' : undefined}>
              <th scope="row">
                <span className="row wrap">
                  <span className="entry-title">{one.payor}</span>
                  <EntryStatus status={one.status} />
                </span>
              </th>
              <td data-label={t('chart-page.coverage.type')}>{one.type ?? '–'}</td>
              <td data-label={t('chart-page.coverage.number')}>{one.subscriberNumber ?? '–'}</td>
              <td data-label={t('chart-page.coverage.from')}>{day(one.startOn)}</td>
              <td data-label={t('chart-page.coverage.until')}>{day(one.endOn)}</td>
              <td data-label={t('chart-page.with')}>{placeWords(one)}</td>
            </tr>
          ))}
        </tbody>
      </DataTable>
    </div>
  );
}
