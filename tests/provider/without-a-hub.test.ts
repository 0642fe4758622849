import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signPolicyFile } from '../../main/cli/policy-sign.ts';
import { publicPolicyKey } from '../../main/cli/policy-signer.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import { startTestAgent, type TestAgent } from '../support/agent.ts';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { type SecondProvider, startSecondProvider } from '../support/second-provider.ts';

const ALLOWED = 'registry.acme.example';
const OTHER = 'registry.other.example';
const ISSUER = 'https://acme.example';

/** One policy file on nginx, one OpenID provider, a real agent and a real gateway; each step stands on the one before. */
describe('an organization without a hub', () => {
  let upstream: DnsStub;
  let nginx: Nginx;
  let provider: SecondProvider;
  let test: TestAgent;
  let folder: string;
  const groups: Record<string, unknown> = { mia: ['acme', 'staff'], eve: ['globex'] };

  async function publish(registries: string[], isFirst = false): Promise<void> {
    const list = join(folder, 'list.yaml');
    const out = join(nginx.folder, 'acme.jws');
    await writeFile(list, JSON.stringify({ registries, contact: '#platform' }));
    await signPolicyFile({
      ...{ list, out, organization: 'acme', issuer: ISSUER, key: join(folder, 'key.pem'), valid: 7 * 86_400_000 },
      ...(isFirst ? {} : { published: `${nginx.url}/acme.jws` }),
    });
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-no-hub-'));
    const { privateKey } = generateKeyPairSync('ed25519');
    await writeFile(join(folder, 'key.pem'), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    upstream = await startDnsStub({ [ALLOWED]: '192.0.2.1', [OTHER]: '192.0.2.2' });
    nginx = await startNginx();
    provider = await startSecondProvider({ accessTokens: 'opaque', groups });
    await publish([ALLOWED], true);
    test = await startTestAgent({
      gateway: {
        upstreams: [upstream.address],
        settings: {
          ...{
            membership: 'id-token',
            issuer: provider.issuer,
            clientId: provider.clientId,
            organizationsClaim: '/groups',
          },
          ...{ policyUrl: `${nginx.url}/acme.jws`, policyIssuer: ISSUER },
          policyKeys: { keys: [await publicPolicyKey(join(folder, 'key.pem'), undefined, ['acme'])] },
        },
      },
    });
  });
  afterAll(async () => {
    await test?.stop();
    await provider?.stop();
    await nginx?.[Symbol.asyncDispose]();
    await upstream?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const rcode = async (host: string): Promise<string> => (await test.gateway.query(host)).rcode;
  async function signIn(login: string): Promise<void> {
    const { authorizationUrl } = await test.agent.handlers['session.signIn']({ opener: 'caller' });
    await provider.finishSignIn(authorizationUrl, login);
  }
  /** What this machine must never show or tell. */
  const membershipFile = () => join(test.stateDir, 'policy', 'membership.jws');

  it('blocks everything until a member signs in, and lets nobody else in', async () => {
    await test.until(({ state }) => state.id === 'sign-in-required' && state.protected === 'yes');
    expect(await rcode(ALLOWED)).toBe('NXDOMAIN');
    await signIn('eve');
    await test.until(({ session }) => session?.kind === 'wrong-organization');
    expect(await rcode(ALLOWED)).toBe('NXDOMAIN');
  });

  it('enforces the file once a member has signed in, and says plainly what there is no hub for', async () => {
    await signIn('mia');
    const { policy, session, requests, reporting, health } = await test.until(({ state }) => state.id === 'enforcing');
    expect(session).toMatchObject({ kind: 'signed-in', org: 'acme' });
    expect(policy).toMatchObject({ policy: { iss: ISSUER, org: 'acme', revision: 1, contact: '#platform' } });
    expect([await rcode(ALLOWED), await rcode(OTHER)]).toEqual(['NOERROR', 'NXDOMAIN']);
    expect(requests?.unavailable).toMatchObject({ code: 'requests-without-hub', args: { contact: '#platform' } });
    expect(reporting?.level).toBe('off');
    expect(health.filter(({ severity }) => severity !== 'info')).toEqual([]);
    // Nothing of it went to the hub that the user may have configured.
    expect(test.history.every(({ managed }) => managed?.hub === null)).toBe(true);
  });

  it('fetches the file compressed, once, and asks only whether it has changed then', async () => {
    await test.agent.handlers['sync.now']({});
    const served = await nginx.log();
    expect(served.some((line) => line.startsWith('200 gzip'))).toBe(true);
    expect(served.at(-1)).toMatch(/^304 /);
  });

  it('follows a policy that is signed and published again', async () => {
    await publish([ALLOWED, OTHER]);
    await test.agent.handlers['sync.now']({});
    await test.until(({ policy }) => revisionOf(policy) === 2);
    await expect.poll(() => rcode(OTHER)).toBe('NOERROR');
  });

  it('goes on where the provider rotates its keys, and where it is away', async () => {
    provider.rotateKeys();
    // The gateway keeps what it has, and fetches what it does not know.
    await test.agent.handlers['sync.now']({});
    expect(await test.gateway.status()).toMatchObject({ inForce: { kind: 'policy', revision: 2 } });
    provider.fault = () => ({ kind: 'answer', status: 503 });
    await test.gateway.halt('SIGKILL');
    await test.gateway.start();
    await test.until(({ state, gateway }) => state.id.startsWith('enforcing') && gateway.connected);
    expect([await rcode(ALLOWED), await rcode('gcr.io')]).toEqual(['NOERROR', 'NXDOMAIN']);
    await test.stopAgent();
    await test.startAgent();
    await test.until(({ state, session }) => state.id.startsWith('enforcing') && session?.kind === 'offline');
    provider.fault = () => null;
  });

  it('never shows the ID token', async () => {
    const token = (await readFile(membershipFile(), 'utf8')).trim();
    expect((await stat(membershipFile())).mode & 0o777).toBe(0o600);
    const [, payload = '', signature = ''] = token.split('.');
    const { file } = await test.agent.handlers['report.save']({});
    const report = await readFile(file, 'utf8');
    await rm(file);
    const shown = [
      report,
      JSON.stringify(test.history),
      test.gateway.log(),
      JSON.stringify(await test.gateway.status()),
    ];
    for (const text of shown) {
      expect(text).not.toContain(payload);
      expect(text).not.toContain(signature);
    }
  });

  it('locks the machine of somebody who has left, with the code of it', async () => {
    groups.mia = ['staff'];
    test.agent.lookAgain();
    const { state, session } = await test.until(({ session }) => session?.kind === 'wrong-organization');
    expect([state.code, session?.kind]).toEqual(['P-SIGN-IN', 'wrong-organization']);
    await expect.poll(() => rcode(ALLOWED)).toBe('NXDOMAIN');
  });
});

function revisionOf(policy: Snapshot['policy']): number | null {
  return policy !== null && 'policy' in policy ? (policy.policy?.revision ?? null) : null;
}
