import { Modal } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { format } from '../../../language/messages.ts';
import { ApiProblem, problemOf } from '../../../ui/api.ts';
import { ErrorState } from '../../../ui/ErrorState.tsx';
import { LoadingBlock } from '../../../ui/LoadingBlock.tsx';
import { useLanguage, useT } from '../../../ui/language.tsx';
import type { ChartDocument } from '../../contract/chart.ts';

const viewLimitBytes = 5_000_000;

/** Text and pictures. A PDF is opened by whatever the person's machine opens it with: no page of ours runs one. */
export const canBeViewed = ({ mediaType, bytes }: ChartDocument): boolean =>
  mediaType !== 'application/pdf' && bytes <= viewLimitBytes;

const asDataUrl = (content: Blob): Promise<string> =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(content);
  });

/** The bytes are fetched as the attachment that they are, and shown as text or as a picture and as nothing else. */
export function ViewDocument({ document, onClose }: { document: ChartDocument; onClose: () => void }) {
  const t = useT();
  const language = useLanguage();
  const isText = document.mediaType === 'text/plain';
  const content = useQuery({
    queryKey: ['content', document.documentId],
    queryFn: async ({ signal }) => {
      const answer = await fetch(document.contentUrl, { signal, headers: { 'accept-language': language } }).catch(
        (error: unknown) => {
          if (signal.aborted) throw error;
          throw new ApiProblem({ status: 0, title: format(language, 'frame.network.title') });
        },
      );
      if (!answer.ok) throw await problemOf(answer);
      return isText ? answer.text() : asDataUrl(await answer.blob());
    },
    // Each look is read, and audited, for itself; nothing of a chart stays behind in memory.
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="xl"
      title={document.title}
      closeButtonProps={{ 'aria-label': t('frame.close') }}
    >
      {content.isPending && <LoadingBlock />}
      {content.isError && <ErrorState problem={content.error} />}
      {content.data !== undefined &&
        (isText ? (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          <pre className="document-text" tabIndex={0}>
            {content.data}
          </pre>
        ) : (
          <img className="document-image" src={content.data} alt={document.title} />
        ))}
    </Modal>
  );
}
