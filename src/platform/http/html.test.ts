import { expect, it } from 'vitest';
import { html } from './html.ts';

it('escapes what is put in, in text and in attributes, and nothing twice', () => {
  const name = `<script>"O'Neil" & Co`;
  expect(html`<p title="${name}">${[html`<b>${name}</b>`, null, false, undefined, 7]}</p>`.text).toBe(
    '<p title="&lt;script&gt;&quot;O&#39;Neil&quot; &amp; Co"><b>&lt;script&gt;&quot;O&#39;Neil&quot; &amp; Co</b>7</p>',
  );
});
