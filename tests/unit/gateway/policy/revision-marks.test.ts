import { describe, expect, it } from 'vitest';
import { markToFollow } from '../../../../main/gateway/policy/mark-to-follow.ts';
import { bindingMarks, withMark } from '../../../../main/gateway/policy/revision-marks.ts';
import { areTrusted } from '../../../../main/gateway/policy/trusted-keys.ts';
import { HOUR, key, otherKey, START, verifiedPolicy } from './samples.ts';

const keys = { keys: [key] };

describe('the mark of a policy', () => {
  it('replaces the one of the same issuer, organization and key', () => {
    const marks = withMark(withMark([], verifiedPolicy({ revision: 3 })), verifiedPolicy({ revision: 4 }));
    expect(marks).toMatchObject([{ revision: 4 }]);
  });

  it.each([
    ['issuer', verifiedPolicy({ iss: 'https://other.example' })],
    ['organization', verifiedPolicy({ org: 'globex' })],
    ['key', verifiedPolicy({}, [otherKey])],
  ])('stands beside one of another %s', (_what, other) => {
    expect(withMark(withMark([], verifiedPolicy()), other)).toHaveLength(2);
  });

  it('never goes back in time, and within a revision never ends earlier', () => {
    const [mark] = withMark(
      withMark([], verifiedPolicy({ iat: START + HOUR, exp: START + 90 * HOUR })),
      verifiedPolicy(),
    );
    expect(mark).toMatchObject({ iat: START + HOUR, exp: START + 90 * HOUR });
    const [next] = withMark(mark === undefined ? [] : [mark], verifiedPolicy({ revision: 2 }));
    expect(next).toMatchObject({ iat: START + HOUR, exp: START + 72 * HOUR });
  });

  it('is one of a thousand at most, the oldest of which are forgotten', () => {
    let marks = withMark([], verifiedPolicy({ iss: 'first' }));
    for (let i = 0; i < 1_000; i += 1)
      marks = withMark(marks, { ...verifiedPolicy(), claims: { ...verifiedPolicy().claims, iss: `${i}` } });
    expect(marks).toHaveLength(1_000);
    expect(marks.map(({ iss }) => iss)).not.toContain('first');
  });
});

describe('the marks that bind', () => {
  const marks = [verifiedPolicy({ revision: 2 }), verifiedPolicy({ revision: 9 }, [otherKey])].reduce(withMark, []);

  it('are those of trusted keys, the highest first', () => {
    expect(bindingMarks(marks, keys).map(({ revision }) => revision)).toEqual([2]);
    expect(bindingMarks(marks, { keys: [key, otherKey] }).map(({ revision }) => revision)).toEqual([9, 2]);
    expect(bindingMarks(marks, null)).toEqual([]);
  });

  it('hold those of older versions, which do not say whose word they are', () => {
    expect(
      bindingMarks(
        marks.map((mark) => ({ ...mark, verifiedBy: [] })),
        null,
      ),
    ).toHaveLength(2);
  });
});

describe('the mark that a document is measured against', () => {
  const marks = bindingMarks(
    [verifiedPolicy({ revision: 5 }), verifiedPolicy({ revision: 9, org: 'globex' })].reduce(withMark, []),
    { keys: [{ ...key, organizations: ['acme', 'globex'] }] },
  );
  const foreign = verifiedPolicy({ iss: 'https://other.example' });

  it('is that of the same key whatever the issuer, where nobody says who issues policies', () => {
    expect(markToFollow(marks, foreign, false)).toMatchObject({ revision: 5 });
    expect(markToFollow(marks, verifiedPolicy({ iss: 'https://other.example' }, [otherKey]), false)).toBeNull();
    const ofOlderVersion = marks.map((mark) => ({ ...mark, verifiedBy: [] }));
    expect(markToFollow(ofOlderVersion, foreign, false)).toMatchObject({ revision: 5 });
  });

  it('is that of its own issuer and organization, where that is said', () => {
    expect(markToFollow(marks, foreign, true)).toBeNull();
    expect(markToFollow(marks, verifiedPolicy(), true)).toMatchObject({ revision: 5 });
    expect(markToFollow(marks, verifiedPolicy({}, [otherKey]), true)).toMatchObject({ revision: 5 });
  });
});

describe('a document', () => {
  it.each([
    ['every key is trusted', [key], 'acme', true],
    ['one of the keys is not', [key, otherKey], 'acme', false],
    ['there is no key', [], 'acme', false],
    ['the key is trusted for another organization', [key], 'globex', false],
    ['the key has the name of a trusted one, and is another', [{ ...key, x: 'CCCC' }], 'acme', false],
  ] as const)('is trusted or not where %s', (_what, verifiedBy, org, trusted) => {
    expect(areTrusted(keys, org, [...verifiedBy])).toBe(trusted);
  });
});
