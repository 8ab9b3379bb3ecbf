import { currentLanguage } from './language-choice.ts';

/** Asks for a file by POST, so that what is asked for stands in no address, and saves it. Throws when it does not come. */
export async function saveAnswer(path: string, body: unknown, name: string): Promise<void> {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'accept-language': currentLanguage() },
    credentials: 'same-origin',
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const url = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
