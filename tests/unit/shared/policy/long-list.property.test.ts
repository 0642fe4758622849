import fc from 'fast-check';
import { CompactSign, exportJWK, generateKeyPair } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { PolicyKey } from '../../../../shared/policy/keys.ts';
import { findLongList } from '../../../../shared/policy/long-list.ts';
import { type Expectations, type VerifiedPolicy, verifyPolicy } from '../../../../shared/policy/verify.ts';
import type { Result } from '../../../../shared/problems/problem.ts';

/** Every policy is read in both ways: by JSON.parse and the schemas, and by the reader for long lists. They say the same of all. */
let sign: (payload: Uint8Array) => Promise<string>;
let expected: Expectations;
beforeAll(async () => {
  const { publicKey, privateKey } = await generateKeyPair('EdDSA', { extractable: true });
  const key = PolicyKey.parse({ ...(await exportJWK(publicKey)), kid: 'k1', organizations: ['acme'] });
  sign = (payload) =>
    new CompactSign(payload)
      .setProtectedHeader({ alg: 'EdDSA', kid: 'k1', typ: 'registry-policy+jwt' })
      .sign(privateKey);
  expected = { keys: { keys: [key] }, org: 'acme', now: 1_500 };
});

const CLAIMS =
  '"iss":"https://hub.example","org":"acme","revision":7,"iat":1000,"exp":2000,"enabled":true,"mode":"enforce"';
const payloadOf = (list: string, before = `{${CLAIMS},`, after = '}'): Uint8Array =>
  Buffer.from(`${before}"registries":${list}${after}`);

async function inBothWays(payload: Uint8Array): Promise<'long' | 'short' | string> {
  const jws = await sign(payload);
  const [short, long] = await Promise.all([verifyPolicy(jws, expected), verifyPolicy(jws, expected, 0)]);
  expect(asText(long)).toEqual(asText(short));
  if (!short.ok) return short.problem.code;
  return findLongList(payload) === null ? 'short' : 'long';
}

/** With lists as text: arrays of a million numbers take long to compare. */
function asText(result: Result<VerifiedPolicy>): unknown {
  if (!result.ok) return result;
  const { lines, ...rest } = result.value;
  const list = Object.entries(lines).map(([name, each]) =>
    typeof each === 'number'
      ? [name, each]
      : [name, Buffer.from(each.buffer, each.byteOffset, each.byteLength).toString('hex')],
  );
  return { ...rest, list };
}

const many = 'a'.repeat(300);

describe('a list', () => {
  it.each([
    ['as hubs write it', '[{"address":"ghcr.io","nickname":"GitHub"},{"address":"*.a.example"}]', 'long'],
    ['that is empty', '[]', 'long'],
    ['with white space', '[ {"address":"a.example"} ,\n\t{ "address" : "b.example" }\r]', 'long'],
    ['with members in another order', '[{"nickname":"A","address":"a.example"}]', 'long'],
    ['with members that nobody knows', '[{"address":"a.example","more":{"a":[1,{"b":"]}"}]}}]', 'long'],
    ['with a member twice', '[{"address":"a.example","address":"b.example"}]', 'long'],
    ['with escapes', '[{"address":"\\u0061.example","nickname":"\\"\\\\\\ud83e\\udd8a \\ud800"}]', 'long'],
    ['with other scripts', '[{"address":"bücher.example","nickname":"Müller’s 🦊"}]', 'long'],
    ['with an empty nickname', '[{"address":"a.example","nickname":""}]', 'long'],
    ['of the longest texts', `[{"address":"${many.slice(88)}${many}","nickname":"${many.slice(100)}"}]`, 'long'],
    [
      'of the longest texts in other scripts',
      `[{"address":"${'🦊'.repeat(256)}","nickname":"${'ü'.repeat(200)}"}]`,
      'long',
    ],
    ['of no lines but braces', '[{}]', 'policy-claims'],
    ['with a comma too many', '[{"address":"a.example"},]', 'policy-claims'],
    ['with a comma too few', '[{"address":"a.example"}{"address":"b.example"}]', 'policy-claims'],
    ['with a comma first', '[,{"address":"a.example"}]', 'policy-claims'],
    ['without an end', '[{"address":"a.example"}', 'policy-claims'],
    ['with braces that do not match', '[{"address":"a.example"]}', 'policy-claims'],
    ['of other things', '[{"address":"a.example"},"b.example"]', 'policy-claims'],
    ['with null', '[null]', 'policy-claims'],
    ['with an empty address', '[{"address":""}]', 'policy-claims'],
    ['with an address that is too long', `[{"address":"${many}${many}"}]`, 'policy-claims'],
    ['with a nickname that is too long', `[{"address":"a.example","nickname":"${many}"}]`, 'policy-claims'],
    ['with a nickname that is null', '[{"address":"a.example","nickname":null}]', 'policy-claims'],
    ['with a control character', '[{"address":"a.exam\nple"}]', 'policy-claims'],
    ['with a bad escape', '[{"address":"a\\x.example"}]', 'policy-claims'],
    ['with a line that ends in text', '[{"address":"a.example"}x]', 'policy-claims'],
  ])('%s', async (_what, list, outcome) => {
    expect(await inBothWays(payloadOf(list))).toBe(outcome);
  });

  const list = '[{"address":"a.example"}]';
  it.each([
    ['in front', payloadOf(list, '{', `,${CLAIMS}}`), 'long'],
    ['with white space around', payloadOf(list, ` {\n${CLAIMS} , `, ' \n}\n'), 'long'],
    ['after a member of another that is called so', payloadOf(list, `{${CLAIMS},"a":{"registries":[]},`), 'short'],
    ['only further in', payloadOf(list, `{${CLAIMS},"a":{`, '}}'), 'policy-claims'],
    ['only in a text', payloadOf(list, `{${CLAIMS},"a":"\\`, '"}'), 'policy-claims'],
    ['and another', payloadOf(list, `{${CLAIMS},`, ',"registries":[{"address":"b.example"}]}'), 'short'],
    ['and another before', payloadOf(list, `{${CLAIMS},"registries":[{"address":"b.example"}],`), 'short'],
    ['and another that is none', payloadOf(list, `{${CLAIMS},`, ',"registries":"one"}'), 'policy-claims'],
    ['and another, its name escaped', payloadOf(list, `{${CLAIMS},`, ',"\\u0072egistries":[]}'), 'short'],
    ['and more after the end', payloadOf(list, `{${CLAIMS},`, '}}'), 'policy-claims'],
    ['and something that would end a number', payloadOf(list, `{${CLAIMS},`, 'e0}'), 'policy-claims'],
    ['and a byte order mark', payloadOf(list, `\ufeff{${CLAIMS},`), 'policy-claims'],
    ['and a claim called __proto__', payloadOf(list, `{${CLAIMS},"__proto__":{"registries":[]},`), 'short'],
    [
      'and claims of every kind',
      payloadOf(list, `{"b":[1,{"z":1,"a":{}}],${CLAIMS},`, ',"zz":null,"contact":"ü"}'),
      'long',
    ],
    ['and a claim that is wrong', payloadOf(list, `{${CLAIMS},"mode":"off",`), 'policy-claims'],
    ['that has expired', payloadOf(list, `{${CLAIMS},"exp":1200,`), 'policy-expired'],
    ['of an array', Buffer.from(`["registries",${list}]`), 'policy-claims'],
  ])('%s', async (_what, payload, outcome) => {
    expect(await inBothWays(payload)).toBe(outcome);
  });

  it.each([
    ['in an address', [0x61, 0xff]],
    ['cut short', [0xc3]],
    ['of a surrogate', [0xed, 0xa0, 0x80]],
    ['longer than it need be', [0xc0, 0xaf]],
  ])('with what is no UTF-8: %s', async (_what, bytes) => {
    const [before, after] = [Buffer.from(`{${CLAIMS},"registries":[{"address":"`), Buffer.from('"}]}')];
    expect(await inBothWays(Buffer.concat([before, Buffer.from(bytes), after]))).toBe('policy-claims');
  });
});

/** JSON as somebody might write it: with white space, members in any order, some twice. */
const space = fc.constantFrom('', '', '', ' ', '\n\t');
const text = fc
  .oneof(
    fc.constantFrom('a.example', 'ghcr.io', '*.b.example', 'registries":[', '}],"', many, `${many}${many}`),
    fc.string({ maxLength: 20 }),
    fc.string({ unit: 'binary', maxLength: 20 }),
  )
  .chain((value) => fc.constantFrom(JSON.stringify(value), escaped(value)));
const value = fc.oneof({ weight: 8, arbitrary: text }, fc.json({ maxDepth: 2 }));
const member = fc.tuple(fc.oneof(fc.constantFrom('"address"', '"nickname"', '"address"'), text), value);
const plainLine = fc
  .tuple(fc.stringMatching(/^[a-z]{1,9}\.example$/), fc.option(fc.stringMatching(/^[ -~]{0,9}$/)))
  .map(([address, nickname]) => JSON.stringify({ address, ...(nickname === null ? {} : { nickname }) }));
const oddLine = fc.tuple(fc.array(member, { maxLength: 3 }), text, space).map(([members, address, gap]) => {
  const all = [['"address"', address], ...members].map(([key, each]) => `${gap}${key}${gap}:${each}`);
  return `{${all.join(`${gap},`)}${gap}}`;
});
const line = fc.oneof({ weight: 6, arbitrary: plainLine }, { weight: 2, arbitrary: oddLine }, fc.json({ maxDepth: 2 }));
const list = fc
  .tuple(fc.array(fc.oneof({ weight: 30, arbitrary: oddLine }, { weight: 60, arbitrary: plainLine }, line)), space)
  .map(([lines, gap]) => `[${gap}${lines.join(`${gap},${gap}`)}${gap}]`);
const claims = fc
  .tuple(fc.array(fc.tuple(fc.oneof(text, fc.constant('"registries"')), value), { maxLength: 2 }), list, fc.boolean())
  .map(([more, lines, isFirst]) => {
    const others = [CLAIMS, ...more.map(([key, each]) => `${key}:${each}`)];
    const all = isFirst ? [`"registries":${lines}`, ...others] : [...others, `"registries":${lines}`];
    return Buffer.from(`{${all.join(',')}}`);
  });

function escaped(value: string): string {
  return `"${[...value]
    .flatMap((each) => each.split(''))
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .join('')}"`;
}

it('is read the same in both ways, whatever it looks like', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(claims, async (payload) => {
      const outcome = await inBothWays(payload);
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
    }),
    { numRuns: 300 },
  );
  // Not for nothing: many are read without objects, and some are refused.
  expect(seen.get('long')).toBeGreaterThan(50);
  expect(seen.get('policy-claims')).toBeGreaterThan(5);
});

it('is refused or read the same in both ways with any byte changed, added or left out', async () => {
  const change = fc.tuple(
    fc.nat(),
    fc.constantFrom(0, 1),
    fc.constantFrom([], [0], [0x22], [0x5c], [0x2c], [0x7d], [0x5d], [0x80], [0x20]),
  );
  await fc.assert(
    fc.asyncProperty(claims, fc.array(change, { minLength: 1, maxLength: 2 }), async (payload, changes) => {
      let bytes = Buffer.from(payload);
      for (const [at, removed, added] of changes) {
        const from = at % bytes.length;
        bytes = Buffer.concat([bytes.subarray(0, from), Buffer.from(added), bytes.subarray(from + removed)]);
      }
      await inBothWays(bytes);
    }),
    { numRuns: 500 },
  );
});

it('is read the same in both ways over several parts of its digest', async () => {
  const lines = Array.from({ length: 20_000 }, (_, i) => ({
    address: `h${i}.${many.slice(240)}.example`,
    ...(i % 3 === 0 ? { nickname: i % 1000 === 0 ? `Ü ${i} "` : many.slice(100) } : {}),
  }));
  const compact = JSON.stringify(lines);
  expect(compact.length).toBeGreaterThan(2 ** 21);
  expect(await inBothWays(payloadOf(compact))).toBe('long');
  expect(await inBothWays(payloadOf(compact.replaceAll('},{"address":"h1', '}, {"address":"h1')))).toBe('long');
});
