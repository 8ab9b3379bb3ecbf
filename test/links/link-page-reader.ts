// What a program finds on the page of a link: its forms and its links, as they stand in the HTML.

export interface PageForm {
  readonly action: string;
  /** Hidden fields with their values, all others empty. */
  readonly fields: URLSearchParams;
  readonly buttons: readonly string[];
}

const unescaped = (text: string): string =>
  text
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
const attribute = (tag: string, name: string): string | undefined => {
  const found = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
  return found ? unescaped(found[1]!) : undefined;
};

export function formsOf(page: string): PageForm[] {
  return [...page.matchAll(/(<form[^>]*>)(.*?)<\/form>/gs)].map(([, head, body]) => {
    const fields = new URLSearchParams();
    for (const [tag] of body!.matchAll(/<(?:input|select)[^>]*>/g)) {
      const name = attribute(tag, 'name');
      if (name !== undefined) fields.set(name, attribute(tag, 'value') ?? '');
    }
    const buttons = [...body!.matchAll(/<button[^>]*>/g)].map(([tag]) => attribute(tag, 'value') ?? '');
    return { action: attribute(head!, 'action') ?? '', fields, buttons };
  });
}

export const linksOf = (page: string): string[] =>
  [...page.matchAll(/<a[^>]*>/g)]
    .map(([tag]) => attribute(tag, 'href') ?? '')
    .filter((href) => !href.startsWith('tel:'));

/** The form that has this button, ready to be sent by it. */
export function formWith(page: string, button: string): PageForm {
  const form = formsOf(page).find(({ buttons }) => buttons.includes(button));
  if (!form)
    throw new Error(
      `the page has no button ${button}: ${page.slice(page.indexOf('<main>'), page.indexOf('<main>') + 300)}`,
    );
  form.fields.set('do', button);
  return form;
}

/** Two pages that say the same: the tokens of their forms and the second at which they were made are not what they say. */
export const saidBy = (page: string): string => page.replaceAll(/name="f" value="[^"]*"/g, '');
