import { describe, expect, it } from 'vitest';
import { caveatsDe } from '../../../shared/messages/caveats/de.ts';
import { caveatsEn } from '../../../shared/messages/caveats/en.ts';
import { de } from '../../../shared/messages/de.ts';
import { en } from '../../../shared/messages/en.ts';
import { panelDe } from '../../../shared/messages/panel/de.ts';
import { panelEn } from '../../../shared/messages/panel/en.ts';

type Printed = { path: string; text: string; used: string[] };

/** Parameters that can be told apart in whatever they are printed into. */
const PARAMETERS = ['ALPHA', 'BETA', 'GAMMA', 'DELTA'];

/** Every message of a catalogue, printed, with the parameters that came out. */
function printAll(messages: object, path = ''): Printed[] {
  return Object.entries(messages).flatMap(([name, message]): Printed[] => {
    const here = `${path}.${name}`;
    if (typeof message === 'object' && message !== null) return printAll(message, here);
    if (typeof message !== 'string' && typeof message !== 'function') return [];
    const text = typeof message === 'function' ? String(message(...PARAMETERS)) : message;
    return [{ path: here, text, used: PARAMETERS.filter((parameter) => text.includes(parameter)) }];
  });
}

describe.each([
  ['the sentences', en, de],
  ["the panel's words", panelEn, panelDe],
  ['the caveats', caveatsEn, caveatsDe],
])('%s in German', (_what, english, german) => {
  const pairs = printAll(english).map((message, index) => ({ message, other: printAll(german)[index] }));

  it('are as many as in English, each with the same parameters', () => {
    for (const { message, other } of pairs) expect(other).toMatchObject({ path: message.path, used: message.used });
    expect(printAll(german)).toHaveLength(pairs.length);
  });

  it('are never empty, and sentences end as in English', () => {
    for (const { message, other } of pairs) {
      const ending = /[.?:]$/.exec(message.text)?.[0] ?? '';
      expect(other?.text.length, message.path).toBeGreaterThan(0);
      if (ending === '?' || ending === '.') expect(other?.text.at(-1), message.path).toBe(ending);
    }
  });
});
