import { generateKeyPairSync } from 'node:crypto';
import { constants, gzipSync, zstdCompressSync } from 'node:zlib';
import type { SigningKey } from '../../../main/hub/registry-access/compact-jws.ts';
import { signPolicy } from '../../../main/hub/registry-access/document.ts';
import { claimsOf } from '../../../shared/policy/policy-claims.ts';

export interface PolicyBytes {
  lines: number;
  plain: number;
  gzip: number;
  zstd: number;
}

/** A policy of that many lines as the hub signs it, plain and compressed. */
export function policyBytes(lines: number): PolicyBytes {
  const registries = Array.from({ length: lines }, (_, line) => ({ address: addressOf(line) }));
  const settings = { enabled: true, mode: 'enforce', contact: '#registries' } as const;
  const stored = {
    ...settings,
    ...{ revision: 8, additions: [], claims: claimsOf(settings) },
    registries: Buffer.from(JSON.stringify(registries)),
  };
  const { jws } = signPolicy(stored, {
    iss: 'https://portcullis.acme.example',
    org: 'acme',
    iat: 1_790_000_000,
    key: newKey(),
  });
  return {
    lines,
    plain: jws.byteLength,
    gzip: gzipSync(jws, { level: 6 }).byteLength,
    zstd: zstdCompressSync(jws, { params: { [constants.ZSTD_c_compressionLevel]: 9 } }).byteLength,
  };
}

/** Like the names of a cloud's registries: an account, a region, and what they have in common. */
function addressOf(line: number): string {
  const account = (BigInt(line) * 48_271_000_003n) % 1_000_000_000_000n;
  const region = ['eu-central-1', 'eu-west-1', 'us-east-1', 'ap-south-1'][line % 4];
  return `${account.toString().padStart(12, '0')}.dkr.ecr.${region}.amazonaws.com`;
}

function newKey(): SigningKey {
  const { privateKey } = generateKeyPairSync('ed25519');
  const { x = '', d = '' } = privateKey.export({ format: 'jwk' });
  return { kid: 'simulation', kty: 'OKP', crv: 'Ed25519', x, d };
}
