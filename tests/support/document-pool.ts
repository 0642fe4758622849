import type { PolicyKey } from '../../shared/policy/keys.ts';
import type { PolicyMode } from '../../shared/policy/schema.ts';
import { createPolicySigner, ISSUER, type PolicySigner } from './policy-signer.ts';

/** When everything begins: seconds since 1970. */
export const START = 1_800_000_000;
const HOUR = 3600;
const OTHER_ISSUER = 'https://hub.elsewhere.example';

/** What a document truly says and who truly signed it, known from its making and never read off the document. */
export interface SignedTruth {
  signer: SignerName;
  iss: string;
  org: string;
  iat: number;
  exp: number;
}
export interface PolicyTruth extends SignedTruth {
  revision: number;
  content: string;
  enabled: boolean;
  mode: PolicyMode;
  /** The one host it lists, which no other document does: whoever lets it through has this document in force. */
  host: string;
}
export interface PoolPolicy {
  jws: string;
  truth: PolicyTruth;
}
export interface PoolMembership {
  jws: string;
  truth: SignedTruth;
}

/**
 * `old` and `new` sign for acme and globex, `narrow` for globex alone; `forged` calls itself `old` and is another key;
 * `stranger` signs for acme and is pinned nowhere.
 */
export type SignerName = 'old' | 'new' | 'narrow' | 'forged' | 'stranger';

export interface DocumentPool {
  policies: PoolPolicy[];
  memberships: PoolMembership[];
  keys: Record<SignerName, PolicyKey>;
  /** A new document, for what comes after everything else. */
  sign(truth: Partial<PolicyTruth>): Promise<PoolPolicy>;
  vouch(truth: Partial<SignedTruth>): Promise<PoolMembership>;
}

/** Documents of every kind that somebody could offer: good, older, newer, told twice, run out, of others, forged. */
export async function createDocumentPool(): Promise<DocumentPool> {
  const signers: Record<SignerName, PolicySigner> = {
    old: await createPolicySigner(['acme', 'globex'], 'old'),
    new: await createPolicySigner(['acme', 'globex'], 'new'),
    narrow: await createPolicySigner(['globex'], 'narrow'),
    forged: await createPolicySigner(['acme', 'globex'], 'old'),
    stranger: await createPolicySigner(['acme', 'globex'], 'stranger'),
  };
  const keys = Object.fromEntries(
    Object.entries(signers).map(([name, { publicKey }]) => [name, publicKey]),
  ) as DocumentPool['keys'];
  let made = 0;

  async function sign(change: Partial<PolicyTruth>): Promise<PoolPolicy> {
    made += 1;
    const truth: PolicyTruth = {
      signer: 'old',
      iss: ISSUER,
      org: 'acme',
      revision: 1,
      content: 'a',
      iat: START,
      exp: START + 72 * HOUR,
      enabled: true,
      mode: 'enforce',
      host: `h${made}.example`,
      ...change,
    };
    const { signer, iss, org, revision, iat, exp, enabled, mode, host, content } = truth;
    const registries = [{ address: host, nickname: content }];
    const jws = await signers[signer].policy({ iss, org, revision, iat, exp, enabled, mode, registries });
    return { jws, truth };
  }

  async function vouch(change: Partial<SignedTruth>): Promise<PoolMembership> {
    const truth: SignedTruth = {
      signer: 'old',
      iss: ISSUER,
      org: 'acme',
      iat: START,
      exp: START + 72 * HOUR,
      ...change,
    };
    const { signer, iss, org, iat, exp } = truth;
    return { jws: await signers[signer].membership({ iss, org, iat, exp }), truth };
  }

  const policies = await Promise.all(
    [
      ...[1, 2, 3].flatMap((revision) => [
        { revision },
        { revision, host: `acme-r${revision}.example`, content: 'b' },
        // The same, signed again for longer; and by the next key.
        { revision, host: `acme-r${revision}.example`, content: 'b', iat: START + 36 * HOUR, exp: START + 108 * HOUR },
        { revision, host: `acme-r${revision}.example`, content: 'b', signer: 'new' as const },
        { revision, signer: 'new' as const, iat: START + 36 * HOUR, exp: START + 108 * HOUR },
      ]),
      { revision: 1, org: 'globex' },
      { revision: 2, org: 'globex', signer: 'narrow' as const },
      { revision: 3, signer: 'narrow' as const },
      { revision: 4, org: 'initech' },
      { revision: 9, signer: 'forged' as const },
      { revision: 9, signer: 'stranger' as const },
      { revision: 2, iss: OTHER_ISSUER },
      { revision: 5, enabled: false },
      { revision: 6, mode: 'audit' as const },
      { revision: 4, exp: START + HOUR },
      { revision: 7, iat: START - 100 * HOUR, exp: START - 28 * HOUR },
      { revision: 7, iat: START + 100 * HOUR, exp: START + 172 * HOUR },
    ].map(sign),
  );
  const memberships = await Promise.all(
    [
      {},
      { exp: START + HOUR },
      { iat: START + 36 * HOUR, exp: START + 108 * HOUR },
      { signer: 'new' as const },
      { org: 'globex' },
      { org: 'globex', signer: 'narrow' as const },
      { org: 'initech' },
      { signer: 'forged' as const },
      { signer: 'stranger' as const },
      { iss: OTHER_ISSUER },
    ].map(vouch),
  );
  return { policies, memberships, keys, sign, vouch };
}
