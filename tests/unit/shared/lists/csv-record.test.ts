import fc from 'fast-check';
import { expect, it } from 'vitest';
import { readImport } from '../../../../shared/import/read-import.ts';
import { csvRecord } from '../../../../shared/lists/csv-record.ts';

it.each([
  ['=1+1', '"\'=1+1"'],
  ['+49 30', '"\'+49 30"'],
  ['-2', '"\'-2"'],
  ['@SUM(A1)', '"\'@SUM(A1)"'],
  ['  =1', '"\'  =1"'],
  ['＝1', '"\'＝1"'],
  ['\t=1', '"\'\t=1"'],
  ['=HYPERLINK("http://x","y")', '"\'=HYPERLINK(""http://x"",""y"")"'],
  ["'=1", '"\'\'=1"'],
  ['ghcr.io', 'ghcr.io'],
  ['a,b', '"a,b"'],
])('%j is written as %s, which no spreadsheet runs', (cell, written) => {
  expect(csvRecord([cell])).toBe(`${written}\r\n`);
});

it('a number stays one', () => {
  expect(csvRecord([-1, 'x'])).toBe('-1,x\r\n');
});

it('whatever a cell says, it does not begin a formula, and the import gives it back', () => {
  const cell = fc.oneof(fc.string({ maxLength: 12 }), fc.constantFrom('=1', '"', "'=", '+', '\n', ';', '@a"b'));
  fc.assert(
    fc.property(cell, (text) => {
      const line = csvRecord(['ghcr.io', text]);
      expect(/^"?\s*[=+\-@]/.test(line.slice('ghcr.io,'.length))).toBe(false);
      const read = readImport(`address,nickname\r\n${line}`);
      const shown = text.replaceAll(/\s+/g, ' ').trim();
      expect(read.ok && (read.value.rows[0]?.nickname ?? '').replaceAll(/\s+/g, ' ')).toBe(shown);
    }),
  );
});
