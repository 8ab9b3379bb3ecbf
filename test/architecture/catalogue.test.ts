import { expect, test } from 'vitest';
import { type Catalogue, checkCatalogue, placeholdersOf } from './catalogue.ts';

const root = `${import.meta.dirname}/fixtures/catalogue`;
const planted: Catalogue = {
  emr: {
    en: {
      'emr.planted.fine': 'Fine',
      'emr.planted.count': '{count, plural, one {# booking} other {# bookings}}',
      'emr.planted.marked': 'Press <i>Save</i>, {name}',
      'emr.planted.column.labs': 'Labs',
    },
    fr: {
      'emr.planted.fine': 'Bien',
      'emr.planted.count': '{count, plural, one {# rendez-vous} other {# rendez-vous}}',
      'emr.planted.marked': 'Appuyez sur <i>Enregistrer</i>, {name}',
      'emr.planted.column.labs': 'Laboratoire',
    },
  },
};
const files = { screens: ['Planted.tsx'], sources: ['Planted.tsx'] };
const findingsOf = (catalogue: Catalogue) =>
  checkCatalogue(root, { catalogue, ...files }).findings.map(({ where, why }) => `${where} ${why}`);

test('every planted text outside the catalogue is found with its line, and nothing else', () => {
  expect(findingsOf(planted).sort()).toEqual(
    [
      'Planted.tsx:4 text outside the catalogue: "Plain words"',
      'Planted.tsx:6 text outside the catalogue: "Too late"',
      'Planted.tsx:7 text outside the catalogue: "bookings"',
      'Planted.tsx:8 text outside the catalogue: "Find a patient"',
      'Planted.tsx:8 text outside the catalogue: "Search"',
      'Planted.tsx:9 text outside the catalogue: "Users"',
      'Planted.tsx:10 the key emr.planted.gone is not in the catalogue',
      'Planted.tsx:11 emr.planted.count is used without {count}',
      'Planted.tsx:12 emr.planted.fine has no {count}',
      'Planted.tsx:15 emr.planted.marked is used without {name}',
      'Planted.tsx:17 emr.planted.count is used without {count}',
    ].sort(),
  );
});

test('faults of the catalogue itself are found', () => {
  const faulty: Catalogue = {
    emr: {
      en: {
        ...planted.emr!.en,
        'emr.alone': 'Nobody shows this',
        'portal.astray': 'Astray',
        'emr.other': 'Until {date}',
        'emr.empty': 'Text',
        'emr.quote': "The EMR's",
        'emr.same': 'This was not translated at all',
        'emr.broken': 'Until {date',
      },
      fr: {
        ...planted.emr!.fr,
        'emr.alone': 'Personne ne montre ceci',
        'portal.astray': 'Égaré',
        'emr.other': 'Jusqu’au {jour}',
        'emr.empty': ' ',
        'emr.quote': 'Du DME',
        'emr.same': 'This was not translated at all',
        'emr.broken': 'Jusqu’au {date',
      },
    },
  };
  const found = findingsOf(faulty).filter((one) => !one.startsWith('Planted.tsx') && !one.endsWith('used nowhere'));
  expect(found.map((one) => one.split(':')[0]).sort()).toEqual(
    [
      'portal.astray stands in the area emr and does not begin with it',
      'emr.other has other placeholders in French (jour',
      'emr.empty has no text in French',
      'emr.quote has a straight apostrophe, which ICU takes for a quotation',
      'emr.same is the same sentence in both languages',
      'emr.broken is no ICU message',
    ].sort(),
  );
  expect(findingsOf(faulty)).toContain('emr.alone is used nowhere');
});

test('a key that is built from a prefix counts as used, and a prefix that fits no key is found', () => {
  const { 'emr.planted.column.labs': _en, ...en } = planted.emr!.en;
  const { 'emr.planted.column.labs': _fr, ...fr } = planted.emr!.fr;
  expect(findingsOf(planted)).not.toContain('emr.planted.column.labs is used nowhere');
  expect(findingsOf({ emr: { en, fr } })).toContain('Planted.tsx:14 no key has the form emr.planted.column.…');
});

test('placeholders inside plural branches and marks are seen', () => {
  expect(placeholdersOf('{count, plural, one {<b>{name}</b>} other {# for {name}}}')).toEqual([
    'b:mark',
    'count:plural',
    'name:value',
  ]);
});
