import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOneLine, terminalSafeJson } from '../../../shared/printable.ts';

/** ESC, CSI as one character (C1), DEL, right-to-left override, line and paragraph separator, a tag outside the BMP. */
const STEERING = ['\u001b[2J', '\u009b2J', '\u007f', '\u202e', '\u2066', '\u2028', '\u2029', '\u{e0041}', '\ufeff'];

describe('JSON for a terminal', () => {
  it.each(STEERING)('holds nothing that would steer it, and the same value: %j', (text) => {
    const value = { nickname: `before${text}after`, [`key${text}`]: [text] };
    const json = terminalSafeJson(JSON.stringify(value, null, 2));
    expect(json).toMatch(/^[\n\x20-\x7e]*$/);
    expect(JSON.parse(json)).toEqual(value);
  });

  it('leaves what people write as it is', () => {
    const json = JSON.stringify({ name: 'Zoë 東京 😀', list: [1, null] }, null, 2);
    expect(terminalSafeJson(json)).toBe(json);
  });

  it('holds the same value, whatever that is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'binary' }), (value) => {
        const json = JSON.stringify(value, null, 2);
        const safe = terminalSafeJson(json);
        expect(safe).not.toMatch(/[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/u);
        expect(JSON.parse(safe)).toEqual(JSON.parse(json));
      }),
    );
  });
});

describe('a line that people read', () => {
  it.each(['\u001b[31m', 'a\nb', '\u0085', '\u202e', '\u200f', '\u2068', '\u2028'])('holds no %j', (text) => {
    expect(isOneLine(text)).toBe(false);
  });

  it.each(['#platform, ext. 1234', 'Zoë 👩‍💻', 'می‌خواهم', 'https://help.acme.example/?a=1&b=2', ''])(
    'may be %j',
    (text) => {
      expect(isOneLine(text)).toBe(true);
    },
  );
});
