import { ActionIcon, Button, Select, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useT } from '../../../ui/language.tsx';
import {
  type Interpretation,
  interpretations,
  type PlaceToAdd,
  type RecordResultRequest,
} from '../../contract/chart.ts';
import { useRecordResult } from './chart.queries.ts';
import { interpretationWord } from './chart-words.ts';
import { EntryForm, PlaceField, usePlace, useTime } from './EntryForm.tsx';

interface Value {
  readonly key: number;
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly low: string;
  readonly high: string;
  readonly interpretation: Interpretation | null;
}

const number = /^-?\d{1,12}(\.\d{1,8})?$/;
/** A decimal comma is how French writes it. */
const plain = (text: string): string => text.trim().replace(',', '.');

const isNumber = (text: string): boolean => number.test(plain(text));
/** Nothing that was typed is dropped: beside a text there is neither a unit nor a range, and a range is of numbers. */
const fits = ({ value, unit, low, high }: Value): boolean =>
  value.trim() === '' || isNumber(value)
    ? [low, high].every((limit) => limit.trim() === '' || isNumber(limit))
    : `${unit}${low}${high}`.trim() === '';

/** What is a number is kept as one, digit by digit; anything else is a text, which has neither a unit nor a range. */
function readValue({ name, value, unit, low, high, interpretation }: Value): RecordResultRequest['values'][number] {
  const read = plain(value);
  const said = { name: name.trim(), ...(interpretation && { interpretation }) };
  if (!isNumber(value)) return { ...said, text: value.trim() };
  return {
    ...said,
    number: read,
    ...(unit.trim() && { unit: unit.trim() }),
    ...(low.trim() && { low: plain(low) }),
    ...(high.trim() && { high: plain(high) }),
  };
}

const empty = (key: number): Value => ({ key, name: '', value: '', unit: '', low: '', high: '', interpretation: null });

export function AddResult({
  patientId,
  places,
  prefer,
  onClose,
}: {
  patientId: string;
  places: readonly PlaceToAdd[];
  prefer: PlaceToAdd | undefined;
  onClose: () => void;
}) {
  const t = useT();
  const { place, pair, setPair } = usePlace(places, prefer);
  const { time, complete, fields } = useTime(place);
  const [name, setName] = useState('');
  const [status, setStatus] = useState<RecordResultRequest['status']>('final');
  const [conclusion, setConclusion] = useState('');
  const [values, setValues] = useState<readonly Value[]>([empty(0)]);
  const record = useRecordResult(patientId);
  const change = (key: number, part: Partial<Value>) =>
    setValues((before) => before.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const whole =
    place !== undefined &&
    complete &&
    name.trim() !== '' &&
    values.length > 0 &&
    values.every((one) => one.name.trim() !== '' && one.value.trim() !== '' && fits(one));
  return (
    <EntryForm
      title={t('chart-page.result.add')}
      act={t('chart-page.result.save')}
      size="lg"
      busy={record.isPending}
      complete={whole}
      problem={record.error}
      onSubmit={() => {
        if (!place) return;
        const { officeId, providerId } = place;
        record.mutate(
          {
            officeId,
            providerId,
            ...time,
            name,
            status,
            values: values.map(readValue),
            ...(conclusion.trim() && { conclusion }),
          },
          { onSuccess: onClose },
        );
      }}
      onClose={onClose}
    >
      <PlaceField places={places} pair={pair} onPick={setPair} />
      {fields({ date: t('chart-page.result.date'), time: t('chart-page.result.time') })}
      <div className="row top wrap">
        <TextInput
          label={t('chart-page.result.name')}
          required
          maxLength={200}
          className="grow entry-wide"
          value={name}
          onChange={({ currentTarget: { value } }) => setName(value)}
        />
        <Select
          label={t('chart-page.result.status')}
          allowDeselect={false}
          value={status}
          data={(['preliminary', 'final', 'corrected'] as const).map((value) => ({
            value,
            label: t(`chart-page.status.${value}`),
          }))}
          onChange={(picked) => picked !== null && setStatus(picked as typeof status)}
        />
      </div>
      <fieldset className="stack">
        <legend className="small muted">{t('chart-page.result.values')}</legend>
        {values.map((one, index) => (
          <div key={one.key} className="value-row">
            <TextInput
              label={t('chart-page.result.value-name')}
              maxLength={200}
              value={one.name}
              onChange={({ currentTarget: { value } }) => change(one.key, { name: value })}
            />
            <TextInput
              label={t('chart-page.result.value')}
              maxLength={2000}
              error={!fits(one)}
              value={one.value}
              onChange={({ currentTarget: { value } }) => change(one.key, { value })}
            />
            <TextInput
              label={t('chart-page.result.unit')}
              maxLength={50}
              value={one.unit}
              onChange={({ currentTarget: { value } }) => change(one.key, { unit: value })}
            />
            <TextInput
              label={t('chart-page.result.low')}
              inputMode="decimal"
              value={one.low}
              onChange={({ currentTarget: { value } }) => change(one.key, { low: value })}
            />
            <TextInput
              label={t('chart-page.result.high')}
              inputMode="decimal"
              value={one.high}
              onChange={({ currentTarget: { value } }) => change(one.key, { high: value })}
            />
            <Select
              label={t('chart-page.result.interpretation')}
              clearable
              value={one.interpretation}
              data={interpretations.map((value) => ({ value, label: t(interpretationWord(value)) }))}
              onChange={(picked) => change(one.key, { interpretation: picked as Interpretation | null })}
            />
            <ActionIcon
              aria-label={t('chart-page.result.remove-value', { n: index + 1 })}
              disabled={values.length === 1}
              onClick={() => setValues((before) => before.filter(({ key }) => key !== one.key))}
            >
              <IconTrash size={16} stroke={1.75} aria-hidden />
            </ActionIcon>
          </div>
        ))}
        <p className={values.every(fits) ? 's13 muted' : 's13 t-red'} role="status">
          {t('chart-page.result.text-hint')}
        </p>
        <div>
          <Button
            leftSection={<IconPlus size={16} stroke={1.75} aria-hidden />}
            onClick={() => setValues((before) => [...before, empty(Math.max(...before.map(({ key }) => key)) + 1)])}
          >
            {t('chart-page.result.add-value')}
          </Button>
        </div>
      </fieldset>
      <Textarea
        label={t('chart-page.result.conclusion')}
        autosize
        minRows={2}
        maxLength={10_000}
        value={conclusion}
        onChange={({ currentTarget: { value } }) => setConclusion(value)}
      />
    </EntryForm>
  );
}
