import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createAgent } from '../../../main/agent/create-agent.ts';
import { thisEnvironment } from '../../../main/agent/diagnostics/environment.ts';
import { demoEngine } from '../../../main/agent/engines/demo-engine.ts';
import { filePreferences } from '../../../main/agent/preferences.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { SessionState } from '../../../shared/state/inputs.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { machine } from '../../support/panel-data.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-agent-'));
});
afterEach(() => rm(folder, { recursive: true }));

it('an agent that is stopped at the very moment of a sign-in asks no server any more', async () => {
  const managed: ManagedConfig = {
    ...{ verdict: 'absent', allowedOrgs: [], source: null, problems: [], overridden: [] },
    ...{ settings: {}, settingsSource: null, trial: false },
  };
  let state: SessionState = { kind: 'signed-out', problem: null };
  const tell = new Set<(state: SessionState) => void>();
  const asked: string[] = [];
  const agent = createAgent({
    version: '0',
    stateDir: folder,
    managedConfig: { current: () => managed, onChange: () => () => undefined, close: () => undefined },
    session: {
      state: () => state,
      onChange(listener) {
        tell.add(listener);
        return () => tell.delete(listener);
      },
      health: () => [],
      signIn: async () => ({ authorizationUrl: '' }),
      signInByDevice: async () => ({ verificationUri: '', userCode: '', expiresAt: 0 }),
      cancelSignIn: () => undefined,
      signOut: async () => undefined,
      accessToken: async () => 'token',
      reconsider: async () => undefined,
      close: async () => undefined,
    },
    preferences: filePreferences(folder),
    engine: (listeners) => demoEngine(listeners, () => 1),
    connectGateway: () => Promise.reject(new Error('nobody there')),
    hub: () => 'https://hub.acme.example',
    fetch: async (input) => {
      asked.push(String(input));
      return new Response('', { status: 404 });
    },
    clock: manualClock(),
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
  await agent.start();
  state = { kind: 'signed-in', user: { sub: 'mia' }, org: 'acme' };
  for (const listener of tell) listener(state);
  await agent.stop();
  for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
  expect(asked).toEqual([]);
});
