// One catalogue: no sentence outside it, none missing in a language, none that nobody shows.
// What TypeScript cannot see is checked here: text in JSX, placeholders, and keys that are used nowhere.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseSync } from 'oxc-parser';
import { parseMessage } from '../../src/language/messages.ts';

export type Texts = Readonly<Record<string, string>>;
export interface Catalogue {
  /** By area: the first word of every key in it. */
  readonly [area: string]: { readonly en: Texts; readonly fr: Texts };
}

export interface Finding {
  /** `file:line`, or the key. */
  readonly where: string;
  readonly why: string;
}

export interface CatalogueReport {
  readonly findings: readonly Finding[];
  readonly keys: number;
  readonly screens: number;
  readonly sources: number;
  /** Places that show a message: calls with a key that can be read from the source. */
  readonly uses: number;
}

type Node = { readonly type: string; readonly start: number } & Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value;

function* within(node: Node): Generator<Node> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* within(child);
  }
}

const hasLetters = (text: string): boolean => /\p{L}/u.test(text);
const literal = (node: unknown): string | undefined =>
  isNode(node) && node.type === 'Literal' && typeof node.value === 'string' ? node.value : undefined;
const nameOf = (node: unknown): string =>
  isNode(node) && typeof (node.name ?? node.value) === 'string' ? String(node.name ?? node.value) : '';

/** Attributes and properties whose text a person reads or hears. */
const visible =
  /^(alt|caption|detail|intro|reason|since|who|words)$|(^|-)(label|title|placeholder|description)$|(Label|Title)$/;

/** The pieces of text that an expression may put on the screen as they stand. */
function* shownBy(node: unknown): Generator<{ text: string; at: Node }> {
  if (!isNode(node)) return;
  const text = literal(node);
  if (text !== undefined) yield { text, at: node };
  else if (node.type === 'JSXExpressionContainer' || node.type === 'ParenthesizedExpression')
    yield* shownBy(node.expression);
  else if (node.type === 'ConditionalExpression') {
    yield* shownBy(node.consequent);
    yield* shownBy(node.alternate);
  } else if (node.type === 'LogicalExpression') {
    yield* shownBy(node.left);
    yield* shownBy(node.right);
  } else if (node.type === 'BinaryExpression' && node.operator === '+') {
    yield* shownBy(node.left);
    yield* shownBy(node.right);
  } else if (node.type === 'TemplateLiteral') {
    for (const quasi of node.quasis as { value: { cooked: string } }[]) yield { text: quasi.value.cooked, at: node };
  }
}

/** Placeholders and marks of an ICU message, each with its kind: `count:plural`, `name:value`, `b:mark`. */
export function placeholdersOf(text: string): string[] {
  const found = new Set<string>();
  // The kinds of @formatjs/icu-messageformat-parser's TYPE.
  const kinds = ['literal', 'value', 'number', 'date', 'time', 'select', 'plural', 'pound', 'mark'];
  const visit = (elements: readonly unknown[]): void => {
    for (const element of elements as { type: number; value?: string; options?: object; children?: unknown[] }[]) {
      const kind = kinds[element.type];
      if (kind !== 'literal' && kind !== 'pound') found.add(`${element.value}:${kind}`);
      for (const option of Object.values(element.options ?? {})) visit((option as { value: unknown[] }).value);
      if (element.children) visit(element.children);
    }
  };
  visit(parseMessage(text, 'en').getAst());
  return [...found].sort();
}

/** The parameters that a message needs; undefined when it is no ICU message, which is a finding already. */
function parametersOf(text: string): string[] | undefined {
  try {
    return placeholdersOf(text).flatMap((one) => (one.endsWith(':mark') ? [] : [one.slice(0, one.lastIndexOf(':'))]));
  } catch {
    return undefined;
  }
}

function findingsInCatalogue(catalogue: Catalogue): Finding[] {
  const findings: Finding[] = [];
  for (const [area, { en, fr }] of Object.entries(catalogue)) {
    for (const key of new Set([...Object.keys(en), ...Object.keys(fr)])) {
      const say = (why: string) => findings.push({ where: key, why });
      const [english, french] = [en[key], fr[key]];
      if (!key.startsWith(`${area}.`)) say(`stands in the area ${area} and does not begin with it`);
      if (!english?.trim() || !french?.trim()) {
        say(`has no text in ${english?.trim() ? 'French' : 'English'}`);
        continue;
      }
      if (`${english}${french}`.includes("'"))
        say('has a straight apostrophe, which ICU takes for a quotation: write ’');
      if (english === french && (english.replaceAll(/\{[^{}]*\}/g, '').match(/\p{L}+/gu)?.length ?? 0) > 3)
        say('is the same sentence in both languages');
      try {
        const [inEnglish, inFrench] = [placeholdersOf(english).join(' '), placeholdersOf(french).join(' ')];
        if (inEnglish !== inFrench)
          say(`has other placeholders in French (${inFrench}) than in English (${inEnglish})`);
      } catch (error) {
        say(`is no ICU message: ${(error as Error).message}`);
      }
    }
  }
  return findings;
}

/** Where the key and the parameters stand in the calls that show a message. */
const calls: Readonly<Record<string, { key: number; params: number }>> = {
  t: { key: 0, params: 1 },
  format: { key: 1, params: 2 },
  problem: { key: 1, params: 2 },
  Problem: { key: 1, params: 2 },
};

interface MessageUse {
  readonly key: unknown;
  readonly params: unknown;
  readonly at: Node;
}

function messageUse(node: Node): MessageUse | undefined {
  if (node.type === 'CallExpression' || node.type === 'NewExpression') {
    const call = Object.hasOwn(calls, nameOf(node.callee)) ? calls[nameOf(node.callee)] : undefined;
    const args = node.arguments as unknown[];
    return call && { key: args[call.key], params: args[call.params], at: node };
  }
  if (node.type === 'JSXOpeningElement' && nameOf(node.name) === 'Sentence') {
    const attribute = (name: string) => {
      const found = (node.attributes as Node[]).find((one) => nameOf(one.name) === name)?.value;
      return isNode(found) && found.type === 'JSXExpressionContainer' ? found.expression : found;
    };
    return { key: attribute('of'), params: attribute('params'), at: node };
  }
  return undefined;
}

/** The names that an object literal gives; undefined when they cannot be read from the source. */
function namesGiven(params: unknown): Set<string> | undefined {
  if (params === undefined) return new Set();
  if (!isNode(params) || params.type !== 'ObjectExpression') return undefined;
  const properties = params.properties as Node[];
  if (properties.some((one) => one.type !== 'Property' || one.computed)) return undefined;
  return new Set(properties.map((one) => nameOf(one.key)));
}

/**
 * Reads `screens` for text that is in no catalogue and `sources` (the screens among them) for the keys they use.
 * Paths are relative to `root`.
 */
export function checkCatalogue(
  root: string,
  { catalogue, screens, sources }: { catalogue: Catalogue; screens: readonly string[]; sources: readonly string[] },
): CatalogueReport {
  const findings = findingsInCatalogue(catalogue);
  const english = new Map(Object.values(catalogue).flatMap(({ en }) => Object.entries(en)));
  const areas = Object.keys(catalogue);
  const used = new Set<string>();
  let uses = 0;

  for (const file of sources) {
    const source = readFileSync(join(root, file), 'utf8');
    const { program, errors } = parseSync(file, source);
    if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
    const say = (at: Node, why: string) =>
      findings.push({ where: `${file}:${source.slice(0, at.start).split('\n').length}`, why });
    const outside = (at: Node, text: string) =>
      say(at, `text outside the catalogue: ${JSON.stringify(text.trim().replace(/\s+/g, ' ').slice(0, 60))}`);
    const onScreen = screens.includes(file);

    for (const node of within(program as unknown as Node)) {
      const text = literal(node);
      if (text !== undefined && english.has(text)) used.add(text);
      if (node.type === 'TemplateLiteral') {
        const parts = (node.quasis as { value: { cooked: string } }[]).map((quasi) => quasi.value.cooked);
        // Only a template that begins with "area." names keys; each variable part stands for one or more words of a key.
        if (parts.length > 1 && areas.some((area) => parts[0]?.startsWith(`${area}.`))) {
          const pattern = new RegExp(`^${parts.map((part) => part.replaceAll('.', '\\.')).join('[a-z0-9.-]+')}$`);
          const meant = [...english.keys()].filter((key) => pattern.test(key));
          if (meant.length === 0) say(node, `no key has the form ${parts.join('…')}`);
          for (const key of meant) used.add(key);
        }
      }

      const use = messageUse(node);
      const key = literal(use?.key);
      if (use && key !== undefined) {
        uses += 1;
        const message = english.get(key);
        const given = namesGiven(use.params);
        if (message === undefined) say(use.at, `the key ${key} is not in the catalogue`);
        else if (given) {
          const wanted = parametersOf(message);
          if (!wanted) continue;
          for (const one of wanted) if (!given.has(one)) say(use.at, `${key} is used without {${one}}`);
          for (const one of given) if (!wanted.includes(one)) say(use.at, `${key} has no {${one}}`);
        }
      }

      if (!onScreen) continue;
      if (node.type === 'JSXText' && hasLetters(String(node.value))) outside(node, String(node.value));
      const shown =
        node.type === 'JSXElement' || node.type === 'JSXFragment'
          ? (node.children as Node[]).filter((child) => child.type === 'JSXExpressionContainer')
          : (node.type === 'JSXAttribute' && visible.test(nameOf(node.name))) ||
              (node.type === 'Property' && visible.test(nameOf(node.key)))
            ? [node.value]
            : [];
      for (const piece of shown.flatMap((one) => [...shownBy(one)])) {
        if (hasLetters(piece.text) && !english.has(piece.text)) outside(piece.at, piece.text);
      }
    }
  }

  for (const key of english.keys()) if (!used.has(key)) findings.push({ where: key, why: 'is used nowhere' });
  return { findings, keys: english.size, screens: screens.length, sources: sources.length, uses };
}
