// A page by the keyboard alone: the Tab key from the top to the end. Whatever can be pressed or filled in has to be come to, and where one is has
// to be seen.
import type { Page } from 'playwright-core';

/** Nobody presses Tab more often on one page. */
const mostStops = 3000;

/**
 * What is wrong with the page as it stands, one line each: what cannot be reached, what does not show that it has the focus, and a place that
 * Tab does not leave. The page is left with the focus on nothing.
 */
export async function keyboardFindingsIn(page: Page): Promise<{ readonly stops: number; readonly findings: string[] }> {
  await page.evaluate(watchFocus);
  let stops = 0;
  for (; stops < mostStops; stops += 1) {
    await page.keyboard.press('Tab');
    if (!(await page.evaluate<boolean>('window.keyboardWalk.look()'))) break;
  }
  const stuck = stops === mostStops ? ['Tab comes to no end'] : [];
  // Where arrows lead on inside one stop of Tab, as in a grid: they are tried.
  const groups = await page.evaluate<number>('window.keyboardWalk.beginGroups()');
  for (let group = 0; group < groups; group += 1) {
    for (const key of ['ArrowRight', 'ArrowDown', 'ArrowLeft', 'ArrowUp']) {
      await page.evaluate(`window.keyboardWalk.enter(${group})`);
      await page.keyboard.press(key);
      if (await page.evaluate<boolean>(`window.keyboardWalk.hasMoved(${group})`)) break;
    }
  }
  const findings = await page.evaluate<string[]>('window.keyboardWalk.findings()');
  return { stops, findings: [...stuck, ...findings] };
}

/** Runs in the page. */
const watchFocus = `(() => {
  const pressable = 'a[href], area[href], button, input:not([type=hidden]), select, textarea, summary, audio[controls], video[controls], [contenteditable=true],' +
    '[tabindex], [role=button], [role=link], [role=checkbox], [role=radio], [role=switch], [role=tab], [role=menuitem], [role=option], [role=combobox], [role=slider]';
  const composite = '[role=grid], [role=group], [role=radiogroup], [role=tablist], [role=toolbar], [role=menu], [role=menubar], [role=listbox], [role=tree], fieldset, table';
  const isSeen = (one) => {
    if (!one.isConnected || one.closest('[inert], [aria-hidden=true]') || one.matches(':disabled')) return false;
    const { width, height } = one.getBoundingClientRect();
    return width > 0 && height > 0 && one.checkVisibility({ checkVisibilityCSS: true });
  };
  // Made to take the focus by script alone: a heading, a panel, a dialog's frame. Nobody presses it.
  const isLandmark = (one) => one.tabIndex < 0 && !one.matches('a[href], button, input, select, textarea, summary, [role=button], [role=link], [role=checkbox], [role=radio], [role=switch], [role=tab], [role=menuitem], [role=combobox]');
  const tell = (one) => {
    const name = (one.getAttribute('aria-label') ?? one.textContent ?? '').trim().replace(/\\s+/g, ' ').slice(0, 40);
    const at = one.id || one.getAttribute('name') || [...one.classList].slice(0, 2).join('.');
    return one.tagName.toLowerCase() + (at ? ' ' + at : '') + (name ? ' "' + name + '"' : '');
  };
  // What tells where the focus is may be drawn at the element, at its frame, or at what stands in for a box that is itself invisible.
  const drawn = (one) => [one, one.parentElement, one.parentElement?.parentElement, one.nextElementSibling, one.parentElement?.nextElementSibling]
    .filter((some) => some && some !== document.body && some !== document.documentElement);
  const lookOf = (one) => drawn(one).flatMap((some) => ['', '::before', '::after'].map((pseudo) => {
    const style = getComputedStyle(some, pseudo || null);
    const outline = style.outlineStyle === 'none' || parseFloat(style.outlineWidth) === 0 ? 'none' : style.outlineStyle + style.outlineWidth + style.outlineColor;
    return [outline, style.boxShadow, style.borderColor, style.borderWidth, style.backgroundColor, style.textDecorationLine, style.transform, style.clip, style.opacity].join('|');
  })).join('~');
  // From the top, whatever was pressed before; and nothing fades in, or what is drawn would not be there yet.
  const still = new CSSStyleSheet();
  still.replaceSync('* { transition: none !important; animation: none !important; }');
  document.adoptedStyleSheets.push(still);
  const top = document.createElement('span');
  top.tabIndex = -1;
  document.body.prepend(top);
  top.focus();
  top.remove();
  const seen = new Map();
  const invisible = new Map();
  const before = [...document.querySelectorAll(pressable)].filter((one) => isSeen(one) && !isLandmark(one));
  const plain = new Map(before.map((one) => [one, lookOf(one)]));
  let last = null;
  let times = 0;
  let groups = [];
  const unreached = () => before.filter((one) => isSeen(one) && !seen.has(one) && !isOneOfRadios(one));
  const isOneOfRadios = (one) => one.matches('input[type=radio]') &&
    [...seen.keys()].some((other) => other.matches('input[type=radio]') && other.name === one.name && other.form === one.form);
  window.keyboardWalk = {
    look() {
      const one = document.activeElement;
      if (!one || one === document.body || one === document.documentElement || (seen.has(one) && one !== last)) return false;
      // A field for a date has a stop for the day, the month, the year and the calendar.
      times = one === last ? times + 1 : 1;
      if (times > 8) { invisible.set(one, 'Tab does not lead on from it'); return false; }
      if (one === last) return true;
      last = one;
      seen.set(one, true);
      const focused = lookOf(one);
      const known = plain.get(one);
      // What came while Tab was on its way is compared with itself without the focus.
      const without = known ?? (() => { one.blur(); const look = lookOf(one); one.focus({ focusVisible: true, preventScroll: true }); return look; })();
      if (focused === without) invisible.set(one, 'has the focus, and it cannot be seen');
      return true;
    },
    beginGroups() {
      const left = unreached().filter((one) => one.tabIndex < 0 || one.matches('[role=radio], [role=tab]'));
      const found = new Map();
      for (const one of left) {
        for (let around = one.parentElement?.closest(composite); around; around = around.parentElement?.closest(composite)) {
          const stop = [...seen.keys()].find((some) => around.contains(some) && some.isConnected);
          if (!stop) continue;
          found.set(around, { stop, members: [...(found.get(around)?.members ?? []), one] });
          break;
        }
      }
      groups = [...found.entries()].map(([around, group]) => ({ around, ...group }));
      return groups.length;
    },
    enter(n) { groups[n].stop.focus(); },
    hasMoved(n) {
      const { around, stop, members } = groups[n];
      const now = document.activeElement;
      if (now === stop || !around.contains(now)) return false;
      for (const one of members) seen.set(one, true);
      return true;
    },
    findings() {
      document.activeElement?.blur?.();
      return [
        ...unreached().map((one) => 'not reached by Tab: ' + tell(one)),
        ...[...invisible].map(([one, what]) => what + ': ' + tell(one)),
      ];
    },
  };
})()`;
