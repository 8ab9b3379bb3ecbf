import { NumberInput } from '@mantine/core';
import { useT } from '../../../ui/language.tsx';

/** How long a booking lasts. `w`: its width in pixels. */
export function MinutesInput({
  value,
  onChange,
  w,
}: {
  value: number | string;
  onChange: (value: number | string) => void;
  w: number;
}) {
  const t = useT();
  return (
    <NumberInput
      label={t('emr.book.minutes')}
      min={5}
      max={720}
      step={5}
      allowDecimal={false}
      value={value}
      onChange={onChange}
      w={w}
    />
  );
}
