import { Button } from '@mantine/core';
import { Banner } from '../../../ui/Banner.tsx';
import { useT } from '../../../ui/language.tsx';

/** Somebody else saved first: what is saved now, and what to do about it. What the person typed stands above, as it was. */
export function SavedMeanwhile({
  now,
  canReplace,
  onTake,
  onReplace,
}: {
  /** What is saved now: a line each, by its key. */
  now: readonly (readonly [key: string, line: string])[];
  canReplace: boolean;
  onTake: () => void;
  onReplace: () => void;
}) {
  const t = useT();
  return (
    <Banner
      tone="amber"
      announce="alert"
      actions={
        <>
          <Button onClick={onTake}>{t('scheduler.meanwhile.take')}</Button>
          <Button disabled={!canReplace} onClick={onReplace}>
            {t('scheduler.meanwhile.replace')}
          </Button>
        </>
      }
    >
      <p>
        <strong>{t('emr.conflict.title')}</strong>
      </p>
      <p>{t(now.length > 0 ? 'scheduler.meanwhile.now' : 'scheduler.meanwhile.nothing')}</p>
      {now.length > 0 && (
        <ul>
          {now.map(([key, line]) => (
            <li key={key}>{line}</li>
          ))}
        </ul>
      )}
    </Banner>
  );
}
