import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Agent } from '../../../main/agent/agent.ts';
import { createAgent } from '../../../main/agent/create-agent.ts';
import { thisEnvironment } from '../../../main/agent/diagnostics/environment.ts';
import { createDemoEngine } from '../../../main/agent/engines/demo-engine.ts';
import { filePreferences } from '../../../main/agent/preferences.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import type { SessionState } from '../../../shared/state/inputs.ts';
import { subscribe } from '../../../shared/subscribe.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { machine } from '../../support/panel-data.ts';

const HOUR = 3_600_000;
const unmanaged: ManagedConfig = {
  ...{ verdict: 'absent', allowedOrgs: [], source: null, problems: [], overridden: [] },
  ...{ settings: {}, settingsSource: null, trial: false },
};

let folder: string;
let clock: ManualClock;
let managed: ManagedConfig;
let session: SessionState;
/** Addresses that the agent asked for. */
let asked: string[];
const sessionListeners = new Set<(state: SessionState) => void>();
const managedListeners = new Set<(managed: ManagedConfig) => void>();

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-agent-'));
  clock = manualClock(Date.UTC(2026, 10, 21, 12));
  managed = unmanaged;
  session = { kind: 'signed-out', problem: null };
  asked = [];
});
afterEach(() => rm(folder, { recursive: true }));

/** An agent without a gateway. */
function agentOf(): Agent {
  return createAgent({
    version: '0',
    stateDir: folder,
    managedConfig: {
      current: () => managed,
      onChange: (listener) => subscribe(managedListeners, listener),
      close: () => undefined,
    },
    session: {
      state: () => session,
      onChange: (listener) => subscribe(sessionListeners, listener),
      health: () => [],
      idToken: async () => null,
      signIn: async () => ({ authorizationUrl: '' }),
      signInByDevice: async () => ({ verificationUri: '', userCode: '', expiresAt: 0 }),
      continueSignIn: async () => ({ address: '', userCode: null }),
      cancelSignIn: () => undefined,
      signOut: async () => undefined,
      accessToken: async () => 'token',
      reconsider: async () => undefined,
      close: async () => undefined,
    },
    preferences: filePreferences(folder, silentLogger()),
    createEngine: ({ gatewayListeners }) => {
      const engine = createDemoEngine(gatewayListeners, () => 1);
      return () => engine;
    },
    connectGateway: () => Promise.reject(new Error('nobody there')),
    hub: () => 'https://hub.acme.example',
    fetch: async (input) => {
      asked.push(String(input));
      return new Response('', { status: 404 });
    },
    clock,
    random: () => 0.5,
    randomBytes,
    openInBrowser: async () => false,
    platform: 'linux',
    networkInterfaces: () => ({}),
    inspectMachine: async () => machine,
    environment: () => thisEnvironment({}),
    readLog: async () => [],
    log: silentLogger(),
  });
}

function become(state: SessionState): void {
  session = state;
  for (const listener of sessionListeners) listener(state);
}

async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise(setImmediate);
}

it('an agent that is stopped at the very moment of a sign-in asks no server any more', async () => {
  const agent = agentOf();
  await agent.start();
  become({ kind: 'signed-in', user: { sub: 'mia' }, org: 'acme' });
  await agent.stop();
  await turns(50);
  expect(asked).toEqual([]);
});

it('explains by the rule of the gateway while that is away, also when an administrator has broken the glass', async () => {
  managed = { ...unmanaged, verdict: 'present', allowedOrgs: ['acme'], source: '/etc/registry.json' };
  const agent = agentOf();
  await agent.start();
  const answer = async () => {
    const { allowed, hosts } = await agent.handlers['decide.explain']({ subject: 'gcr.io' });
    return { allowed, reason: hosts[0]?.engine.reason };
  };
  // No key is pinned: the gateway can never accept a policy.
  expect(await answer()).toEqual({ allowed: false, reason: 'no-policy-key' });
  const until = new Date(clock.wall() + HOUR).toISOString();
  const breakGlass = { from: new Date(clock.wall() - HOUR).toISOString(), until, reason: 'the server is gone' };
  managed = { ...managed, settings: { breakGlass } };
  expect(await answer()).toEqual({ allowed: true, reason: 'break-glass' });
  clock.advance(HOUR);
  expect(await answer()).toEqual({ allowed: false, reason: 'no-policy-key' });
  await agent.stop();
});

it('announces a change once, however many parts hear of it', async () => {
  const agent = agentOf();
  await agent.start();
  await turns(5);
  const told: Snapshot[] = [];
  agent.onSnapshot((snapshot) => told.push(snapshot));
  managed = { ...unmanaged, verdict: 'present', allowedOrgs: ['acme'], source: '/etc/registry.json' };
  for (const listener of managedListeners) listener(managed);
  become({ kind: 'signed-out', problem: null });
  await turns(5);
  expect(told.map(({ managed }) => managed?.verdict)).toEqual(['present']);
  await agent.stop();
});
