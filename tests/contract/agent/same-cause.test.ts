import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it } from 'vitest';
import { serveAgentSocket } from '../../../main/agent/transport/agent-socket.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { systemClock } from '../../../main/platform/time/clock.ts';
import { menuModel } from '../../../main/shell/menu-model.ts';
import { describeState } from '../../../shared/messages/describe-state.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import type { LockReason } from '../../../shared/reasons.ts';
import type { LockCause } from '../../../shared/state/derive-state.ts';
import { startTestAgent, type TestAgent, type TestAgentOptions } from '../../support/agent.ts';
import { CLI } from '../../support/command-line.ts';
import { ask, edns, extendedErrors } from '../../support/dns-client.ts';

/** What all five places say of one cause, with the real agent, gateway, hub and command line. */
const words = wordsFor('en', 'en');

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(options: TestAgentOptions = {}): Promise<TestAgent> {
  const test = await startTestAgent(options);
  closing.push(test.stop);
  return test;
}

async function command(test: TestAgent, ...args: string[]): Promise<string> {
  const { agent } = test;
  const handlers = { ...agent.handlers, 'panel.open': async () => ({ url: '', opened: false }) };
  const socket = await serveAgentSocket(
    ...([join(test.stateDir, 'run', 'agent.sock'), { ...agent, handlers }, silentLogger()] as const),
  );
  try {
    const child = spawn(process.execPath, [CLI, ...args], {
      env: { ...process.env, PORTCULLIS_AGENT_SOCKET: socket.path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [out] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    return out;
  } finally {
    await socket.close();
  }
}

interface Cause {
  code: string;
  cause: LockCause | null;
  reason: LockReason;
}

/** Waits until it is said everywhere, and compares. @returns what `explain` and the engine say, to look at */
async function expectEverywhere(test: TestAgent, { code, cause, reason }: Cause): Promise<string> {
  const { agent, gateway, until } = test;
  await until(({ state }) => state.code === code && state.cause === cause);
  await expect.poll(async () => (await gateway.status()).inForce, { timeout: 30_000 }).toMatchObject({ reason });
  // What the gateway says has arrived here too.
  await until(({ gateway: { connected }, state }) => connected && state.code === code && state.cause === cause);
  const mark = `[${code} ${reason}]`;

  const { phrase, status } = await gateway.connect('gcr.io:443');
  expect(status).toBe(403);
  expect(phrase.endsWith(mark)).toBe(true);
  const [dns = ''] = (await gateway.status()).listeners.dns.engine;
  const [error] = extendedErrors(await ask(dns, 'gcr.io', { message: edns() }));
  expect(error?.text.endsWith(mark)).toBe(true);

  const explained = await agent.handlers['decide.explain']({ subject: 'gcr.io' });
  expect(explained.hosts[0]?.engine).toMatchObject({ allowed: false, reason });
  expect(await command(test, 'explain', 'gcr.io')).toContain(explained.sentence);

  const snapshot = agent.snapshot();
  const { headline, sentence } = describeState(snapshot, Date.now(), words);
  expect(menuModel({ kind: 'running', snapshot }, Date.now(), words)[0]).toMatchObject({
    label: expect.stringContaining(headline),
  });
  const printed = await command(test, 'status');
  expect(printed).toContain(`${headline} (demo, no engine attached) [${code}]`);
  expect(printed).toContain(sentence);
  return `${phrase} ${explained.sentence} ${explained.next}`;
}

it('from signed out to enforcing, while the policy is fetched, and where no proof of membership comes', async () => {
  let ahead = 0;
  const test = await start({ clock: { ...systemClock, wall: () => systemClock.wall() + ahead } });
  const signedOut = { code: 'P-SIGN-IN', cause: null, reason: 'sign-in-required' } as const;
  await expectEverywhere(test, signedOut);

  const fetched = Promise.withResolvers<null>();
  let proofs: 'held back' | 'failing' | 'given' = 'held back';
  test.intercept = async ({ pathname }) => {
    if (!pathname.startsWith('/v1/orgs/') || proofs === 'given') return null;
    if (proofs === 'held back') await fetched.promise;
    return pathname.endsWith('/membership') ? new Response('', { status: 500 }) : null;
  };
  await test.signIn('mia');
  const pending = { code: 'P-SECURING', cause: null, reason: 'policy-pending' } as const;
  expect(await expectEverywhere(test, pending)).not.toMatch(/sign in/i);

  proofs = 'failing';
  fetched.resolve(null);
  await test.until(({ policy }) => policy?.kind === 'stale');
  ahead = 31_000;
  const missing = { code: 'P-LOCKED', cause: 'no-membership', reason: 'no-membership' } as const;
  expect(await expectEverywhere(test, missing)).not.toMatch(/sign in/i);

  proofs = 'given';
  await test.agent.handlers['sync.now']({});
  await test.until('enforcing');

  await test.gateway.writeManaged('registry.json', '{"allowedOrgs":["Acme"]}');
  const wrong = { code: 'P-LOCKED', cause: 'wrong-organization', reason: 'wrong-organization' } as const;
  expect(await expectEverywhere(test, wrong)).not.toMatch(/sign in /i);

  await test.gateway.writeManaged('registry.json', '{"allowedOrgs":["acme"],}');
  const malformed = { code: 'P-LOCKED', cause: 'configuration-malformed', reason: 'managed-config-invalid' } as const;
  await expectEverywhere(test, malformed);

  await test.gateway.writeManaged('registry.json', '{"allowedOrgs":["acme"]}');
  await test.until('enforcing');
  await test.agent.handlers['session.signOut']({});
  await expectEverywhere(test, signedOut);
});

it('without a policy key, before and after somebody signs in', async () => {
  const test = await start({ settings: { policyKeys: undefined } });
  const missing = { code: 'P-LOCKED', cause: 'no-policy-key', reason: 'no-policy-key' } as const;
  expect(await expectEverywhere(test, missing)).not.toMatch(/sign in/i);
  await test.signIn('mia');
  await test.until(({ policy }) => policy?.kind === 'rejected');
  expect(await expectEverywhere(test, missing)).not.toMatch(/sign in/i);
});

it('where no policy arrives, and where it is rejected', async () => {
  let ahead = 0;
  const test = await start({ clock: { ...systemClock, wall: () => systemClock.wall() + ahead } });
  let status: 500 | 200 = 500;
  test.intercept = async ({ pathname }) =>
    pathname.endsWith('/registry-access')
      ? new Response('a.b.c', { status, headers: { 'content-type': 'application/jose' } })
      : null;
  await test.signIn('mia');
  await test.until(({ sync }) => sync.problem !== null);
  ahead = 31_000;
  await expectEverywhere(test, { code: 'P-LOCKED', cause: 'no-policy', reason: 'no-policy' });
  status = 200;
  await test.agent.handlers['sync.now']({});
  await expectEverywhere(test, { code: 'P-LOCKED', cause: 'policy-rejected', reason: 'policy-invalid' });
});
