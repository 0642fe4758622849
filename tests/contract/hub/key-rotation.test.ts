import { setTimeout as delay } from 'node:timers/promises';
import { decodeProtectedHeader } from 'jose';
import { afterEach, expect, it } from 'vitest';
import type { PolicyKeys } from '../../../shared/policy/keys.ts';
import type { ProgrammedPolicy } from '../../../shared/schemas/control-schema.ts';
import { OrganizationKeys } from '../../../shared/schemas/hub-schema.ts';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';
import { waitFor } from '../../support/background-process.ts';

let real: TestAgent | null = null;
afterEach(async () => {
  await real?.stop();
  real = null;
});

async function asOwner(path: string, request: RequestInit = {}): Promise<Response> {
  if (real === null) throw new Error('nothing runs');
  return fetch(`${real.hub.url}/v1/orgs/acme/${path}`, {
    ...request,
    headers: { authorization: `Bearer ${await real.hub.signIn('olivia')}`, 'content-type': 'application/json' },
  });
}

const signWith = (kid: string) => asOwner('policy-keys/signing', { method: 'PUT', body: JSON.stringify({ kid }) });

/** What an administrator rolls out. */
async function pin({ keys }: PolicyKeys): Promise<void> {
  const settings = { hub: real?.hub.url, policyKeys: { keys } };
  await real?.gateway.writeManaged('portcullis.json', JSON.stringify(settings));
  const kids = keys.map(({ kid }) => kid);
  await waitFor('the gateway has read the keys', async () => {
    const { managed } = (await real?.gateway.status()) ?? {};
    return JSON.stringify(managed?.settings.policyKeys?.keys.map(({ kid }) => kid)) === JSON.stringify(kids);
  });
}

/** The gateway's effective policy. */
async function inForce(): Promise<ProgrammedPolicy> {
  const status = await real?.gateway.status();
  if (status?.inForce.kind !== 'policy' || status.policy === null) throw new Error('no policy is in force');
  return status.policy;
}

/** Records the gateway's decisions until `end`, as an engine would meet them. */
function recordDecisions(agent: TestAgent) {
  const decisions = new Set<string>();
  const ended = new AbortController();
  const ask = async (): Promise<void> => {
    while (!ended.signal.aborted) {
      const answers = await Promise.all(
        ['docker.io', 'gcr.io'].map((host) => agent.gateway.control.call('explain', { host, view: 'engine' })),
      );
      decisions.add(answers.map(({ allowed }) => allowed).join());
      // Often enough to see every change without causing load.
      await delay(20);
    }
  };
  const asking = ask();
  return {
    end: async () => {
      ended.abort();
      await asking;
      return [...decisions];
    },
  };
}

it('a rotation neither unblocks nor interrupts anything, from the announcement to the end of the old key', async () => {
  real = await startTestAgent();
  const { agent, hub } = real;
  await real.signIn('mia');
  await real.until('enforcing');
  const before = await hub.policyKeys();
  const { revision } = await inForce();
  const first = recordDecisions(real);
  const shownBefore = real.history.length;

  const announced = await asOwner('policy-keys', { method: 'POST' });
  expect(announced.status).toBe(201);
  const successor = OrganizationKeys.parse(await announced.json()).keys.find(({ state }) => state === 'announced')?.kid;
  expect(await agent.handlers['sync.now']({})).toMatchObject({ outcome: 'unchanged' });

  const both = await hub.policyKeys();
  expect(both.keys.map(({ kid }) => kid)).toEqual([before.keys[0]?.kid, successor]);
  await pin(both);
  await real.until(({ sync }) => !sync.running && sync.problem === null);

  // A renewal has to expire later than what it replaces, by at least a second.
  await waitFor('a second has passed', async () => Date.now() / 1000 > (await inForce()).iat + 1);
  expect((await signWith(successor ?? '')).status).toBe(200);
  const old = await inForce();
  expect(await agent.handlers['sync.now']({})).toMatchObject({ outcome: 'updated' });
  await waitFor('the gateway has the new document', async () => (await inForce()).digest !== old.digest);
  expect((await inForce()).revision).toBe(revision);
  const document = await (await fetch(`${hub.url}/v1/orgs/acme/registry-access`, { headers: await member() })).text();
  expect(decodeProtectedHeader(document).kid).toBe(successor);
  expect(await first.end()).toEqual(['true,false']);
  const shown = new Set(real.history.slice(shownBefore).map(({ state }) => state.id));
  for (const id of shown) expect(['enforcing', 'enforcing-stale', 'securing']).toContain(id);

  // Unlike at the end of the old key's time, a membership proof of that key is still in use here.
  const second = recordDecisions(real);
  await pin({ keys: both.keys.filter(({ kid }) => kid === successor) });
  await agent.handlers['sync.now']({});
  await real.until('enforcing');
  for (const decision of await second.end()) expect(['true,false', 'false,false']).toContain(decision);
});

it('a key that nobody has pinned is rejected, and the effective policy stays', async () => {
  real = await startTestAgent();
  await real.signIn('mia');
  await real.until('enforcing');
  const { digest } = await inForce();
  const { keys } = OrganizationKeys.parse(await (await asOwner('policy-keys', { method: 'POST' })).json());
  await signWith(keys.find(({ state }) => state === 'announced')?.kid ?? '');
  expect(await real.agent.handlers['sync.now']({})).toMatchObject({
    outcome: 'failed',
    problem: { code: 'policy-key-unknown' },
  });
  await real.until('enforcing-stale');
  expect((await inForce()).digest).toBe(digest);
});

it('an unmanaged machine goes from the key that it knows to its successor', async () => {
  real = await startTestAgent({ settings: null });
  await real.signIn('mia');
  await real.until('enforcing');
  const { digest } = await inForce();
  const { keys } = OrganizationKeys.parse(await (await asOwner('policy-keys', { method: 'POST' })).json());
  await waitFor('a second has passed', async () => Date.now() / 1000 > (await inForce()).iat + 1);
  await signWith(keys.find(({ state }) => state === 'announced')?.kid ?? '');
  expect(await real.agent.handlers['sync.now']({})).toMatchObject({ outcome: 'updated' });
  await waitFor('the gateway has the new document', async () => (await inForce()).digest !== digest);
  await real.until('enforcing');
});

it('only an owner can rotate, and only to an announced key', async () => {
  real = await startTestAgent();
  const request = { method: 'POST', headers: await member() };
  expect((await fetch(`${real.hub.url}/v1/orgs/acme/policy-keys`, request)).status).toBe(403);
  const refused = await signWith('made-up');
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ code: 'key-not-announced', organization: 'acme' });
  expect((await asOwner('policy-keys/signing', { method: 'PUT', body: '[]' })).status).toBe(422);
  expect((await asOwner('policy-keys', { method: 'POST' })).status).toBe(201);
  expect((await asOwner('policy-keys', { method: 'POST' })).status).toBe(200);
});

async function member(): Promise<Record<string, string>> {
  return { authorization: `Bearer ${await real?.hub.signIn('mia')}` };
}
