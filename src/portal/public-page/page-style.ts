// The one style sheet of a public page, in the page itself: nothing else is fetched, and the policy allows these very bytes. Colours as in
// src/ui/tokens.css.
import { createHash } from 'node:crypto';

export const pageStyle = `
:root{color-scheme:light dark;--canvas:#f5f7f9;--surface:#fff;--sunken:#edf1f4;--ink:#16202b;--ink-2:#46525f;--line:#dde3e9;--control:#7d8a98;--deep:#462239;--accent:#853d6c;--on-accent:#fff;--accent-2:#6d2d56;--green:#0f5d2b;--green-tint:#e8f6ea;--blue:#1a4b90;--blue-tint:#e9f3ff;--amber:#714000;--amber-tint:#fcf0e2;--red:#8e1818;--red-tint:#ffedea}
@media (prefers-color-scheme:dark){:root{--canvas:#0f151b;--surface:#182029;--sunken:#121920;--ink:#e8edf2;--ink-2:#b4bfca;--line:#2a3540;--control:#74828f;--accent:#e9a5ce;--on-accent:#12181f;--accent-2:#f3c6e1;--green:#95d7a2;--green-tint:#15301b;--blue:#9cc6ff;--blue-tint:#192941;--amber:#eeb97b;--amber-tint:#382409;--red:#feaba1;--red-tint:#3e1f1b}}
*{box-sizing:border-box}
body{margin:0;background:var(--canvas);color:var(--ink);font:400 16px/24px -apple-system,BlinkMacSystemFont,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
header{background:var(--deep);color:#fff}
header div{max-width:560px;margin:0 auto;min-height:56px;padding:0 16px;display:flex;gap:16px;align-items:center;justify-content:space-between;font-weight:600}
header a{color:#fff;font-weight:400;font-size:14px;padding:12px 4px}
main{max-width:560px;margin:0 auto;padding:24px 16px;display:grid;gap:16px}
h1{font-size:24px;line-height:32px;font-weight:600;margin:0}
p{margin:0}
.card{background:var(--surface);border:1px solid var(--line);border-radius:8px;padding:24px;display:grid;gap:16px}
dl{margin:0;display:grid;gap:12px}
dt{font-size:13px;line-height:20px;color:var(--ink-2)}
dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.foot{color:var(--ink-2);font-size:14px;line-height:20px}
fieldset{border:0;margin:0;padding:0;min-width:0}
legend{padding:0;font-weight:600}
.dob{display:grid;grid-template-columns:72px minmax(0,1fr) 96px;gap:8px;margin-top:12px}
label{display:block;font-size:13px;line-height:20px;color:var(--ink-2)}
.foot+label{margin-top:8px}
input,select{width:100%;height:48px;padding:0 8px;border:1px solid var(--control);border-radius:8px;background:var(--surface);color:var(--ink);font:inherit}
form{display:grid;gap:12px}
.button{display:flex;align-items:center;justify-content:center;width:100%;min-height:48px;padding:8px 16px;border:1px solid var(--control);border-radius:8px;background:var(--surface);color:var(--ink);font:inherit;font-weight:500;text-align:center;text-decoration:none;cursor:pointer}
.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
.danger{color:var(--red);border-color:var(--red)}
a{color:var(--accent-2)}
:focus-visible{outline:2px solid var(--accent-2);outline-offset:2px}
header :focus-visible{outline-color:#fff}
.say{border-radius:8px;padding:12px 16px;display:grid;gap:4px}
.say h1{color:inherit}
.green{background:var(--green-tint);color:var(--green)}.blue{background:var(--blue-tint);color:var(--blue)}.amber{background:var(--amber-tint);color:var(--amber)}.red{background:var(--red-tint);color:var(--red)}
.sign{margin-right:8px}
.text{white-space:pre-wrap;overflow-wrap:anywhere}
.mine{background:var(--sunken)}
textarea{width:100%;min-height:144px;padding:8px;border:1px solid var(--control);border-radius:8px;background:var(--surface);color:var(--ink);font:inherit}
input[type=file]{height:auto;padding:8px}
@media (max-width:480px){main{padding:16px}.card{padding:16px}}
`.replaceAll('\n', '');

const hash = createHash('sha256').update(pageStyle).digest('base64');

/** What a public page may do: show itself in its own style and send its forms back to us. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src 'sha256-${hash}'`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');
