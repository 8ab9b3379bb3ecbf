import { NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { DateField } from '../../../ui/DateField.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { ChartCharge, PlaceToAdd } from '../../contract/chart.ts';
import { useAddCoverage, useBill, usePay } from './chart.queries.ts';
import { moneyWords } from './chart-words.ts';
import { EntryForm, PlaceField, usePlace } from './EntryForm.tsx';

const centsOf = (dollars: number | string): number => Math.round(Number(dollars) * 100);

interface AtPlaces {
  readonly patientId: string;
  readonly places: readonly PlaceToAdd[];
  readonly prefer: PlaceToAdd | undefined;
  readonly onClose: () => void;
}

function Dollars({
  label,
  value,
  max,
  onChange,
}: {
  label: string;
  value: number | string;
  max?: number;
  onChange: (value: number | string) => void;
}) {
  const language = useLanguage();
  return (
    <NumberInput
      label={label}
      required
      min={0}
      max={max ?? 10_000_000}
      decimalScale={2}
      fixedDecimalScale
      decimalSeparator={language === 'fr' ? ',' : '.'}
      thousandSeparator={language === 'fr' ? ' ' : ','}
      {...(language === 'fr' ? { suffix: ' $' } : { prefix: '$' })}
      hideControls
      value={value}
      onChange={onChange}
    />
  );
}

export function AddCharge({ patientId, places, prefer, onClose }: AtPlaces) {
  const t = useT();
  const { place, pair, setPair } = usePlace(places, prefer);
  const [description, setDescription] = useState('');
  const [typed, setDate] = useState<string>();
  const [quantity, setQuantity] = useState<number | string>(1);
  const [dollars, setDollars] = useState<number | string>('');
  const bill = useBill(patientId);
  const occurredOn = typed ?? place?.now.date ?? '';
  return (
    <EntryForm
      title={t('chart-page.charge.add')}
      act={t('chart-page.charge.save')}
      busy={bill.isPending}
      complete={
        place !== undefined && description.trim() !== '' && occurredOn !== '' && quantity !== '' && dollars !== ''
      }
      problem={bill.error}
      onSubmit={() => {
        if (!place) return;
        const { officeId, providerId } = place;
        const charge = { description, occurredOn, quantity: Number(quantity), amountCents: centsOf(dollars) };
        bill.mutate({ officeId, providerId, charges: [charge] }, { onSuccess: onClose });
      }}
      onClose={onClose}
    >
      <PlaceField places={places} pair={pair} onPick={setPair} />
      <TextInput
        label={t('chart-page.charge.description')}
        required
        maxLength={200}
        value={description}
        onChange={({ currentTarget: { value } }) => setDescription(value)}
      />
      <div className="row top wrap">
        <DateField label={t('chart-page.charge.date')} value={occurredOn} onChange={setDate} />
        <NumberInput
          label={t('chart-page.charge.quantity')}
          min={1}
          max={10_000}
          allowDecimal={false}
          w={96}
          value={quantity}
          onChange={setQuantity}
        />
        <Dollars label={t('chart-page.charge.amount')} value={dollars} onChange={setDollars} />
      </div>
    </EntryForm>
  );
}

export function RecordPayment({
  patientId,
  charge,
  onClose,
}: {
  patientId: string;
  charge: ChartCharge;
  onClose: () => void;
}) {
  const t = useT();
  const language = useLanguage();
  const owed = charge.amountCents - charge.paidCents;
  const [dollars, setDollars] = useState<number | string>(owed / 100);
  const pay = usePay(patientId);
  const cents = centsOf(dollars);
  return (
    <EntryForm
      title={t('chart-page.payment.add')}
      act={t('chart-page.payment.save')}
      busy={pay.isPending}
      complete={dollars !== '' && cents >= 1}
      problem={pay.error}
      onSubmit={() =>
        pay.mutate({ chargeItemId: charge.chargeItemId, version: charge.version, cents }, { onSuccess: onClose })
      }
      onClose={onClose}
    >
      <p>{t('chart-page.payment.of', { what: charge.description, owed: moneyWords(language, owed) })}</p>
      <Dollars label={t('chart-page.payment.amount')} value={dollars} onChange={setDollars} />
    </EntryForm>
  );
}

export function AddCoverage({ patientId, places, prefer, onClose }: AtPlaces) {
  const t = useT();
  const { place, pair, setPair } = usePlace(places, prefer);
  const [payor, setPayor] = useState('');
  const [type, setType] = useState('');
  const [subscriberNumber, setNumber] = useState('');
  const [startOn, setStart] = useState('');
  const [endOn, setEnd] = useState('');
  const add = useAddCoverage(patientId);
  return (
    <EntryForm
      title={t('chart-page.coverage.add')}
      act={t('chart-page.coverage.save')}
      busy={add.isPending}
      complete={place !== undefined && payor.trim() !== ''}
      problem={add.error}
      onSubmit={() => {
        if (!place) return;
        const { officeId, providerId } = place;
        add.mutate(
          {
            officeId,
            providerId,
            payor,
            ...(type.trim() && { type }),
            ...(subscriberNumber.trim() && { subscriberNumber }),
            ...(startOn && { startOn }),
            ...(endOn && { endOn }),
          },
          { onSuccess: onClose },
        );
      }}
      onClose={onClose}
    >
      <PlaceField places={places} pair={pair} onPick={setPair} />
      <TextInput
        label={t('chart-page.coverage.payor')}
        required
        maxLength={200}
        value={payor}
        onChange={({ currentTarget: { value } }) => setPayor(value)}
      />
      <div className="row top wrap">
        <TextInput
          label={t('chart-page.coverage.type')}
          maxLength={200}
          value={type}
          onChange={({ currentTarget: { value } }) => setType(value)}
        />
        <TextInput
          label={t('chart-page.coverage.number')}
          maxLength={50}
          value={subscriberNumber}
          onChange={({ currentTarget: { value } }) => setNumber(value)}
        />
      </div>
      <div className="row top wrap">
        <DateField label={t('chart-page.coverage.from')} value={startOn} onChange={setStart} />
        <DateField label={t('chart-page.coverage.until')} value={endOn} onChange={setEnd} min={startOn || undefined} />
      </div>
    </EntryForm>
  );
}
