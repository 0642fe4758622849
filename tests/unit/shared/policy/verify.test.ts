import fc from 'fast-check';
import {
  type CompactJWSHeaderParameters,
  CompactSign,
  compactVerify,
  exportJWK,
  generateKeyPair,
  importJWK,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { PolicyKey } from '../../../../shared/policy/keys.ts';
import { MAX_MEMBERSHIP_BYTES, MAX_POLICY_BYTES, PolicyClaims } from '../../../../shared/policy/schema.ts';
import { type Expectations, verifyMembership, verifyPolicy } from '../../../../shared/policy/verify.ts';
import { Problem } from '../../../../shared/problems/problem.ts';
import { packLines } from '../../../../shared/rule-set/lines.ts';

type Signer = { key: PolicyKey; privateKey: CryptoKey; alg: 'EdDSA' | 'ES256' };

async function signer(alg: 'EdDSA' | 'ES256', kid: string, organizations = ['acme']): Promise<Signer> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  return { key: PolicyKey.parse({ ...jwk, kid, organizations }), privateKey, alg };
}

let eddsa: Signer;
let es256: Signer;
let stranger: Signer;
let expected: Expectations;
beforeAll(async () => {
  [eddsa, es256, stranger] = await Promise.all([signer('EdDSA', 'k1'), signer('ES256', 'k2'), signer('EdDSA', 'k1')]);
  expected = { keys: { keys: [eddsa.key, es256.key] }, org: 'acme', iss: 'https://hub.example', now: 1_500 };
});

const CLAIMS: PolicyClaims = {
  iss: 'https://hub.example',
  org: 'acme',
  revision: 7,
  iat: 1_000,
  exp: 2_000,
  enabled: true,
  mode: 'enforce',
  registries: [{ address: 'ghcr.io', nickname: 'GitHub' }, { address: '*.example.com' }],
  contact: 'platform@acme.example',
};
const { registries: _list, ...SHORT_CLAIMS } = CLAIMS;
const MEMBERSHIP = { iss: CLAIMS.iss, org: 'acme', sub: 'mia', iat: 1_000, exp: 2_000 };

async function sign(payload: string | object, by: Signer, header: Partial<CompactJWSHeaderParameters> = {}) {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return new CompactSign(new TextEncoder().encode(text))
    .setProtectedHeader({ alg: by.alg, kid: by.key.kid, typ: 'registry-policy+jwt', ...header })
    .sign(by.privateKey);
}

/** A compact JWS of these parts, signed by nobody. */
function forged(header: unknown, payload: unknown = CLAIMS, signature = 'AAAA'): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  return `${part(header)}.${part(payload)}.${signature}`;
}
const HEADER = { alg: 'EdDSA', kid: 'k1', typ: 'registry-policy+jwt' };

async function codeOf(jws: string | Uint8Array, change: Partial<Expectations> = {}): Promise<string> {
  const judged = await verifyPolicy(jws, { ...expected, ...change });
  if (judged.ok) return 'accepted';
  expect(Problem.parse(judged.problem)).toEqual(judged.problem);
  return judged.problem.code;
}

describe('a policy that is signed by a pinned key', () => {
  it.each(['EdDSA', 'ES256'])('by %s is accepted, as text and as bytes', async (alg) => {
    const jws = await sign(CLAIMS, alg === 'EdDSA' ? eddsa : es256);
    const digest = Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(jws))).toString('hex');
    const shared = new Uint8Array(new SharedArrayBuffer(jws.length));
    shared.set(Buffer.from(jws));
    for (const form of [jws, Buffer.from(jws), shared, `${jws}\n`]) {
      expect(await verifyPolicy(form, expected)).toEqual({
        ok: true,
        value: {
          claims: SHORT_CLAIMS,
          lines: packLines(CLAIMS.registries),
          kid: alg === 'EdDSA' ? 'k1' : 'k2',
          digest,
          contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
          voidGrants: 0,
        },
      });
    }
  });

  it('is accepted whatever is wrong with a grant or a hint, and says how many grants are void', async () => {
    const grants = [{ address: 'gcr.io' }, { address: 'gcr.io', until: 2e9 }, { address: '*', until: 2e9 }];
    const claims = { ...CLAIMS, grants, hints: 'none', requests: 'yes', support: [] };
    const verified = await verifyPolicy(await sign(claims, eddsa), expected);
    expect(verified).toMatchObject({ ok: true, value: { voidGrants: 2, claims: { grants: grants.slice(1) } } });
  });

  it('may have claims that nobody knows yet', async () => {
    expect(await codeOf(await sign({ ...CLAIMS, future: [1] }, eddsa))).toBe('accepted');
  });

  it('is found among keys of two hubs that chose the same kid', async () => {
    const other = await signer('EdDSA', 'k1', ['globex']);
    const keys = { keys: [other.key, stranger.key, eddsa.key] };
    expect(await codeOf(await sign(CLAIMS, eddsa), { keys })).toBe('accepted');
    expect(await codeOf(await sign(CLAIMS, other), { keys })).toBe('policy-signature');
  });
});

describe('a policy is refused', () => {
  it('when the signature is by another key with the same kid', async () => {
    expect(await codeOf(await sign(CLAIMS, stranger))).toBe('policy-signature');
  });
  it('when the payload was changed', async () => {
    const [header, , signature] = (await sign(CLAIMS, eddsa)).split('.');
    const payload = Buffer.from(JSON.stringify({ ...CLAIMS, enabled: false })).toString('base64url');
    expect(await codeOf(`${header}.${payload}.${signature}`)).toBe('policy-signature');
  });
  it('when it is not signed at all', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      expect(await codeOf(forged({ ...HEADER, alg }, CLAIMS, '')), alg).toBe('policy-algorithm');
    }
  });
  it('when the public key is abused as a secret', async () => {
    const secret = await crypto.subtle.importKey(
      'raw',
      Buffer.from(eddsa.key.x, 'base64url'),
      { name: 'HMAC', hash: 'SHA-256' },
      false,
      ['sign'],
    );
    const [header, payload] = forged({ ...HEADER, alg: 'HS256' }).split('.');
    const mac = await crypto.subtle.sign('HMAC', secret, Buffer.from(`${header}.${payload}`));
    expect(await codeOf(`${header}.${payload}.${Buffer.from(mac).toString('base64url')}`)).toBe('policy-algorithm');
  });
  it("when the algorithm is good, but not the key's", async () => {
    expect(await codeOf(forged({ ...HEADER, alg: 'ES256' }))).toBe('policy-algorithm');
    expect(await codeOf(forged({ ...HEADER, kid: 'k2' }))).toBe('policy-algorithm');
  });
  it('when the key is not pinned', async () => {
    expect(await codeOf(await sign(CLAIMS, eddsa, { kid: 'k9' }))).toBe('policy-key-unknown');
  });
  it('when the key signs for others only', async () => {
    const keys = { keys: [{ ...eddsa.key, organizations: ['globex'] }] };
    expect(await codeOf(await sign(CLAIMS, eddsa), { keys })).toBe('policy-key-organization');
    // Nobody said which organization is meant: then what the key says counts.
    const { org: _, ...whatever } = { ...expected, keys };
    const judged = await verifyPolicy(await sign(CLAIMS, eddsa), whatever);
    expect(judged).toMatchObject({ ok: false, problem: { code: 'policy-key-organization' } });
  });
  it.each(['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64'])('when the header has %s', async (member) => {
    expect(await codeOf(forged({ ...HEADER, [member]: true }))).toBe('policy-header');
  });
  it.each([
    ['kid', { alg: 'EdDSA', typ: 'registry-policy+jwt' }],
    ['alg', { kid: 'k1', typ: 'registry-policy+jwt' }],
    ['typ', { kid: 'k1', alg: 'EdDSA' }],
  ])('when the header lacks %s', async (_member, header) => {
    expect(await codeOf(forged(header))).toBe('policy-header');
  });
  it.each(['JWT', 'registry-membership+jwt', 'Registry-Policy+JWT', 'application/registry-policy+jwt'])(
    'when typ is %s',
    async (typ) => {
      expect(await codeOf(await sign(CLAIMS, eddsa, { typ }))).toBe('policy-header');
    },
  );
  it.each([
    ['for another organization', { org: 'globex' }, 'policy-key-organization'],
    ['for the same name in another case', { org: 'Acme' }, 'policy-key-organization'],
    ['from another issuer', { iss: 'https://evil.example' }, 'policy-issuer'],
    ['expired', { exp: 1_500 }, 'policy-expired'],
    ['from the future', { iat: 2_101, exp: 9_000 }, 'policy-not-yet'],
    ['valid for no time', { iat: 1_400, exp: 1_400 }, 'policy-claims'],
  ])('when it is %s', async (_what, change, code) => {
    expect(await codeOf(await sign({ ...CLAIMS, ...change }, eddsa))).toBe(code);
  });
  it('when its key may sign for it, but it is not the organization asked for', async () => {
    const keys = { keys: [{ ...eddsa.key, organizations: ['acme', 'globex'] }] };
    const jws = await sign({ ...CLAIMS, org: 'globex' }, eddsa);
    expect(await codeOf(jws, { keys })).toBe('policy-organization');
    const { org: _, ...whatever } = expected;
    const any = { ...whatever, keys, organizations: ['initech', 'globex'] };
    expect(await verifyPolicy(jws, any)).toMatchObject({ ok: true });
    expect(await verifyPolicy(jws, { ...any, organizations: ['initech', 'acme'] })).toMatchObject({
      problem: { code: 'policy-organization' },
    });
  });
  it('not when a clock is ten minutes off', async () => {
    expect(await codeOf(await sign({ ...CLAIMS, iat: 2_100, exp: 9_000 }, eddsa))).toBe('accepted');
  });
});

describe('signed, but not what a policy is', () => {
  it.each([
    ['no JSON', 'hello'],
    ['a list', '[]'],
    ['null', 'null'],
    ['with a byte order mark', `\ufeff${JSON.stringify(CLAIMS)}`],
    ['without an organization', { ...CLAIMS, org: undefined }],
    ['with a revision of 0', { ...CLAIMS, revision: 0 }],
    ['with a revision beyond 2^53', JSON.stringify(CLAIMS).replace('"revision":7', '"revision":9007199254740993')],
    ['with times as text', { ...CLAIMS, exp: '2000' }],
    ['with an unknown mode', { ...CLAIMS, mode: 'warn' }],
    ['without registries', { ...CLAIMS, registries: undefined }],
    ['with registries that are no list', { ...CLAIMS, registries: { length: 0 } }],
    ['with a registry that is text', { ...CLAIMS, registries: ['ghcr.io'] }],
    ['with a registry that is null', { ...CLAIMS, registries: [null] }],
    ['with an empty address', { ...CLAIMS, registries: [{ address: '' }] }],
    ['with an address of 513 characters', { ...CLAIMS, registries: [{ address: 'a'.repeat(513) }] }],
    ['with a nickname that is a number', { ...CLAIMS, registries: [{ address: 'a', nickname: 1 }] }],
    ['with a nickname of 201 characters', { ...CLAIMS, registries: [{ address: 'a', nickname: 'n'.repeat(201) }] }],
    ['with more than a million registries', { ...CLAIMS, registries: new Array(1_000_001).fill(0) }],
  ])('%s', async (_what, payload) => {
    expect(await codeOf(await sign(payload, eddsa))).toBe('policy-claims');
  });

  it('says which line it is', async () => {
    const judged = await verifyPolicy(
      await sign({ ...CLAIMS, registries: [{ address: 'a' }, { address: '' }] }, eddsa),
      expected,
    );
    expect(judged).toMatchObject({ problem: { cause: expect.stringContaining('registries.1.address') } });
  });

  it('exactly if the schema says so', async () => {
    const value = fc.oneof(fc.string({ maxLength: 3 }), fc.constant('n'.repeat(201)), fc.constant(null), fc.nat());
    const entry = fc.oneof(fc.record({ address: value, nickname: value }, { requiredKeys: [] }), value);
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.array(entry, { maxLength: 3 }), value), async (registries) => {
        const payload = { ...CLAIMS, registries };
        const accepted = (await codeOf(await sign(payload, eddsa))) === 'accepted';
        expect(accepted).toBe(PolicyClaims.safeParse(payload).success);
      }),
    );
  });
});

describe('garbage', () => {
  const TEN_MEGABYTES = 10 * 1024 * 1024;
  it.each([
    ['nothing', ''],
    ['a login page', '<!doctype html><title>Sign in</title>'],
    ['JSON', JSON.stringify(CLAIMS)],
    ['one part', 'eyJhbGciOiJFZERTQSJ9'],
    ['dots', '...'],
    ['ten megabytes of letters', 'A'.repeat(TEN_MEGABYTES)],
    ['ten megabytes of zeros', new Uint8Array(TEN_MEGABYTES)],
    ['ten megabytes behind a dot', `.${'A'.repeat(TEN_MEGABYTES)}`],
    ['a header that is no object', forged([])],
    ['a header that is not UTF-8', `${Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x7d]).toString('base64url')}.e30.AAAA`],
    ['a header longer than headers are', forged({ ...HEADER, pad: 'x'.repeat(5_000) })],
    ['a second dot missing', `${forged(HEADER).split('.')[0]}.${'A'.repeat(TEN_MEGABYTES)}`],
    ['a dot too many', `${forged(HEADER)}.AAAA`],
    ['a signature that is no base64url', forged(HEADER, CLAIMS, 'A*==')],
    ['characters that are no ASCII', forged(HEADER, CLAIMS, 'ÄÖÜ')],
  ])('%s is refused as such', async (_what, document) => {
    expect(await codeOf(document)).toBe('policy-garbage');
  });

  it('says how it begins, so that a login page is recognized', async () => {
    expect(await verifyPolicy('<!doctype html>', expected)).toMatchObject({
      problem: { cause: expect.stringContaining('<!doctype html>') },
    });
  });

  it('too large is refused on its length', async () => {
    expect(await codeOf(new Uint8Array(MAX_POLICY_BYTES + 1))).toBe('policy-too-large');
    expect(await verifyMembership('A'.repeat(MAX_MEMBERSHIP_BYTES + 1), expected)).toMatchObject({
      problem: { code: 'membership-too-large' },
    });
  });

  it('that is too large comes with a next step that fits the document', async () => {
    expect(await verifyPolicy(new Uint8Array(MAX_POLICY_BYTES + 1), expected)).toMatchObject({
      problem: { next: expect.stringContaining('allowlist') },
    });
    // A membership proof has no list that an owner could shorten.
    expect(await verifyMembership('A'.repeat(MAX_MEMBERSHIP_BYTES + 1), expected)).toMatchObject({
      problem: { next: expect.not.stringMatching(/list|hosts/) },
    });
  });

  it('of any kind is a problem, never an exception', async () => {
    const part = fc.oneof(
      fc.string({ maxLength: 20 }),
      fc.json().map((text) => Buffer.from(text).toString('base64url')),
    );
    const document = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.uint8Array(),
      fc.array(part, { maxLength: 4 }).map((parts) => parts.join('.')),
    );
    await fc.assert(
      fc.asyncProperty(document, async (written) => {
        expect(await codeOf(written)).not.toBe('accepted');
        expect((await verifyMembership(written, expected)).ok).toBe(false);
      }),
      { numRuns: 500 },
    );
  });
});

describe('one changed character', () => {
  it('anywhere in a good document makes it a bad one', async () => {
    for (const by of [eddsa, es256]) {
      const jws = await sign(CLAIMS, by);
      await fc.assert(
        fc.asyncProperty(fc.nat(jws.length - 1), fc.constantFrom(...'AQgwZz09-_.='), async (at, letter) => {
          const changed = jws.slice(0, at) + letter + jws.slice(at + 1);
          if (changed !== jws) expect(await codeOf(changed)).not.toBe('accepted');
        }),
        { numRuns: 300 },
      );
    }
  });

  it('in its last place too, where base64url has room to spare', async () => {
    const jws = await sign(CLAIMS, eddsa);
    const accepted: string[] = [];
    for (const letter of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_') {
      if ((await codeOf(jws.slice(0, -1) + letter)) === 'accepted') accepted.push(jws.slice(0, -1) + letter);
    }
    expect(accepted).toEqual([jws]);
  });
});

it('what is accepted here, jose accepts', async () => {
  for (const by of [eddsa, es256]) {
    const jws = await sign(CLAIMS, by);
    const { payload } = await compactVerify(jws, await importJWK(JSON.parse(JSON.stringify(by.key)), by.alg));
    expect(JSON.parse(new TextDecoder().decode(payload))).toEqual(CLAIMS);
  }
});

describe('a membership proof', () => {
  const typ = 'registry-membership+jwt';
  it('is judged by the same rules', async () => {
    const jws = await sign(MEMBERSHIP, eddsa, { typ });
    expect(await verifyMembership(jws, expected)).toMatchObject({ ok: true, value: { claims: MEMBERSHIP, kid: 'k1' } });
    const cases: [string, string][] = [
      [await sign(MEMBERSHIP, stranger, { typ }), 'membership-signature'],
      [await sign({ ...MEMBERSHIP, exp: 1_400 }, eddsa, { typ }), 'membership-expired'],
      [await sign({ ...MEMBERSHIP, iat: 3_000, exp: 9_000 }, eddsa, { typ }), 'membership-not-yet'],
      [await sign({ ...MEMBERSHIP, org: 'globex' }, eddsa, { typ }), 'membership-key-organization'],
      [await sign({ ...MEMBERSHIP, iss: 'https://evil.example' }, eddsa, { typ }), 'membership-issuer'],
      [await sign({ ...MEMBERSHIP, sub: '' }, eddsa, { typ }), 'membership-claims'],
      ['', 'membership-garbage'],
    ];
    for (const [document, code] of cases) {
      expect(await verifyMembership(document, expected)).toMatchObject({ ok: false, problem: { code } });
    }
  });

  it('is never taken for a policy, nor a policy for it', async () => {
    const both = { ...CLAIMS, ...MEMBERSHIP };
    expect(await codeOf(await sign(both, eddsa, { typ }))).toBe('policy-header');
    expect(await verifyMembership(await sign(both, eddsa), expected)).toMatchObject({
      problem: { code: 'membership-header' },
    });
  });
});
