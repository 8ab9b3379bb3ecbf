import { Loader } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useT } from './language.tsx';

/** Nothing for the first second, so that quick answers do not flicker; then words, such as how much has been read. */
export function LoadingBlock({ words }: { words?: string | undefined }) {
  const t = useT();
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), 1000);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className="loading" role="status" aria-busy="true">
      {slow && (
        <>
          <Loader size={20} aria-hidden />
          <span>{words ?? t('frame.loading')}</span>
        </>
      )}
    </div>
  );
}
