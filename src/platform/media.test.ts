import { expect, test } from 'vitest';
import {
  attachmentHeader,
  chunkBytes,
  contentCheck,
  fileNameOf,
  inChunks,
  type MediaType,
  mediaTypeOf,
} from './media.ts';

const samples: readonly (readonly [Buffer, MediaType | undefined])[] = [
  [Buffer.from('%PDF-1.4\n…'), 'application/pdf'],
  [Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16]), 'image/jpeg'],
  [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0]), 'image/png'],
  [Buffer.from('Très bien.\r\n\tOui.'), 'text/plain'],
  [Buffer.from('<script>alert(1)</script>'), 'text/plain'],
  [Buffer.from([0x89, 0x50, 0x4e, 0x47]), undefined],
  [Buffer.from(' %PDF-1.4 \0'), undefined],
  [Buffer.from([0x4d, 0x5a, 0x90, 0]), undefined],
  [Buffer.from([0xc3, 0x28]), undefined],
];

test('content is taken for what it was declared as, and for nothing else', () => {
  const types = ['application/pdf', 'image/jpeg', 'image/png', 'text/plain'] as const;
  const taken = samples.map(([bytes]) => types.filter((type) => contentCheck(type)(bytes, true)));
  expect(taken).toEqual(samples.map(([, type]) => (type ? [type] : [])));
});

test('a text is looked at to its end, and a character that two chunks share is one', () => {
  const check = contentCheck('text/plain');
  const [first, second] = [Buffer.from([0x61, 0xc3]), Buffer.from([0xa9])];
  expect([check(first, false), check(second, true)]).toEqual([true, true]);
  const cut = contentCheck('text/plain');
  expect([cut(first, false), cut(Buffer.from('b'), true)]).toEqual([true, false]);
  const nul = contentCheck('text/plain');
  expect([nul(Buffer.from('good'), false), nul(Buffer.from('ba\0d'), true)]).toEqual([true, false]);
});

test.each([0, 1, chunkBytes - 1, chunkBytes, chunkBytes + 1, 3 * chunkBytes, 3 * chunkBytes + 7])(
  '%i bytes come out in chunks as they went in, however they were cut',
  async (length) => {
    const whole = Buffer.from(Array.from({ length }, (_, n) => n % 251));
    for (const cut of [1000, 65_536, 10 * chunkBytes]) {
      const source = (async function* () {
        for (let at = 0; at < length; at += cut) yield whole.subarray(at, at + cut);
      })();
      const out: { chunk: Buffer; last: boolean }[] = [];
      for await (const one of inChunks(source)) out.push(one);
      expect(Buffer.concat(out.map(({ chunk }) => chunk)).equals(whole)).toBe(true);
      expect(out.slice(0, -1).every(({ chunk, last }) => chunk.length === chunkBytes && !last)).toBe(true);
      expect(out.at(-1)?.last).toBe(length === 0 ? undefined : true);
      expect(out.length).toBe(Math.ceil(length / chunkBytes));
    }
  },
);

test('a media type is read with its parameters, and text in another encoding is none of ours', () => {
  expect(
    ['application/PDF', 'text/plain; charset="UTF-8"', 'text/plain;charset=latin1', 'text/html', undefined].map(
      mediaTypeOf,
    ),
  ).toEqual(['application/pdf', 'text/plain', undefined, undefined, undefined]);
});

test('a saved file has a name that is a name, whatever the title', () => {
  expect(fileNameOf('../../etc/passwd', 'text/plain')).toBe('.. .. etc passwd.txt');
  expect(fileNameOf('Résumé "final"\r\nX: y', 'application/pdf')).toBe('Résumé final X y.pdf');
  expect(fileNameOf('::', 'image/png')).toBe('document.png');
  expect(attachmentHeader('Résumé 100%.pdf')).toBe(
    `attachment; filename="R_sum_ 100_.pdf"; filename*=UTF-8''R%C3%A9sum%C3%A9%20100%25.pdf`,
  );
});
