import { afterEach, describe, expect, it } from 'vitest';
import type { PolicyClaims } from '../../../shared/policy/schema.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { startGateway, type TestGateway, type TestGatewayOptions } from '../../support/gateway.ts';
import { ISSUER } from '../../support/policy-signer.ts';

const OTHER = 'https://other.example';
const registries = [{ address: 'ghcr.io' }];

let cleanup = new AsyncDisposableStack();
afterEach(async () => {
  const stack = cleanup;
  cleanup = new AsyncDisposableStack();
  await stack.disposeAsync();
});

async function gatewayWith(options: TestGatewayOptions = {}): Promise<TestGateway> {
  const gateway = await startGateway(options);
  cleanup.defer(() => gateway.stop());
  return gateway;
}

async function settingsOf(gateway: TestGateway, settings: object): Promise<void> {
  await gateway.writeManaged(
    'portcullis.json',
    JSON.stringify({ policyKeys: { keys: [gateway.signer.publicKey] }, ...settings }),
  );
}

/** The code it is refused with, or `accepted`. */
async function offered(gateway: TestGateway, claims: Partial<PolicyClaims>): Promise<string> {
  const { signer } = gateway;
  const membership = await signer.membership({ iss: claims.iss ?? ISSUER });
  return gateway.programTexts(await signer.policy({ registries, ...claims }), membership).then(
    () => 'accepted',
    (error: unknown) => (error instanceof ProblemError ? error.problem.code : Promise.reject(error)),
  );
}

describe('a policy of another issuer, signed with a pinned key', () => {
  it('does not replace a later revision, where nobody says who issues policies', async () => {
    const gateway = await gatewayWith();
    expect(await offered(gateway, { revision: 5 })).toBe('accepted');
    expect(await offered(gateway, { iss: OTHER, revision: 1 })).toBe('policy-rollback');
    expect(await offered(gateway, { iss: OTHER, revision: 5 })).toBe('policy-equivocation');
    await gateway.halt('SIGKILL');
    await gateway.start();
    expect(await offered(gateway, { iss: OTHER, revision: 4 })).toBe('policy-rollback');
    expect(await offered(gateway, { iss: OTHER, revision: 6 })).toBe('accepted');
    expect(await offered(gateway, { revision: 5 })).toBe('policy-rollback');
  });

  it.each([
    ['the server', { hub: `${ISSUER}/` }],
    ['the policy issuer', { hub: 'https://files.example', policyIssuer: ISSUER }],
    ['the server, the provider being another', { hub: ISSUER, issuer: OTHER }],
  ])('is refused where %s is known', async (_who, settings) => {
    const gateway = await gatewayWith();
    await settingsOf(gateway, settings);
    await gateway.halt();
    await gateway.start();
    expect(await offered(gateway, { iss: OTHER, revision: 9 })).toBe('policy-issuer');
    expect((await gateway.status()).lastRefusal?.code).toBe('policy-issuer');
    expect(await offered(gateway, { revision: 1 })).toBe('accepted');
  });

  it('that an earlier version had accepted is not in force after the update, and hinders nobody', async () => {
    const gateway = await gatewayWith();
    expect(await offered(gateway, { iss: OTHER, revision: 7 })).toBe('accepted');
    const { generation } = await gateway.status();
    await gateway.halt();
    await settingsOf(gateway, { hub: ISSUER });
    await gateway.start();
    expect(await gateway.status()).toMatchObject({ inForce: { kind: 'deny', reason: 'policy-invalid' } });
    expect((await gateway.query('ghcr.io')).rcode).toBe('NXDOMAIN');
    expect((await gateway.status()).generation).toBeGreaterThan(generation);
    expect(await offered(gateway, { revision: 1 })).toBe('accepted');
    expect(await gateway.status()).toMatchObject({ inForce: { kind: 'policy', revision: 1 } });
  });
});
