import { format } from '../language/messages.ts';
import { ApiProblem, problemOf } from './api.ts';
import { currentLanguage } from './language-choice.ts';

export interface SendFile {
  readonly path: string;
  readonly file: Blob;
  readonly type: string;
  /** Told in Content-Disposition (RFC 6266), for a server that keeps it. */
  readonly name?: string;
  /** Between 0 and 1, as bytes leave. */
  readonly onProgress: (share: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Posts a file under its own Content-Type. By XMLHttpRequest, because `fetch` does not tell how much has gone out. Rejects with `ApiProblem`,
 * or with the signal's reason when it was stopped: then the server keeps nothing.
 */
export function sendFile<T>({ path, file, type, name, onProgress, signal }: SendFile): Promise<T> {
  return new Promise((resolve, reject) => {
    const language = currentLanguage();
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    signal.addEventListener('abort', stop);
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onload = () => {
      const { status, responseText } = request;
      if (status >= 200 && status < 300) resolve(JSON.parse(responseText) as T);
      else problemOf(new Response(responseText, { status })).then(reject, reject);
    };
    request.onerror = () =>
      reject(
        new ApiProblem({
          status: 0,
          title: format(language, 'frame.network.title'),
          detail: format(language, 'frame.network.detail'),
        }),
      );
    request.onabort = () => reject(signal.reason);
    request.onloadend = () => signal.removeEventListener('abort', stop);
    request.open('POST', path);
    request.setRequestHeader('accept', 'application/json');
    request.setRequestHeader('accept-language', language);
    request.setRequestHeader('content-type', type);
    if (name !== undefined) {
      request.setRequestHeader('content-disposition', `attachment; filename*=UTF-8''${encodeURIComponent(name)}`);
    }
    request.send(file);
  });
}
