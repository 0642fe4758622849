import { mkdtemp, rm } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../../main/agent/agent.ts';
import { AgentConfig } from '../../main/agent/agent-config.ts';
import { runAgent } from '../../main/agent/run-agent.ts';
import type { SecretStore } from '../../main/agent/session/secret-store.ts';
import { createLogger, type Logger } from '../../main/platform/log/logger.ts';
import { type Clock, systemClock } from '../../main/platform/time/clock.ts';
import type { PolicyKeys } from '../../shared/policy/keys.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import type { StateId } from '../../shared/state/derive-state.ts';
import { startGateway, type TestGateway, type TestGatewayOptions } from './gateway.ts';
import { startHub, type TestHub, type TestHubOptions } from './hub.ts';
import { memorySecretStore } from './memory-secret-store.ts';
import { machine } from './panel-data.ts';

/** Every wait for something to happen: a slow machine is not a failure. Milliseconds. */
const PATIENCE = 45_000;

export interface TestAgentOptions {
  hub?: TestHubOptions;
  gateway?: TestGatewayOptions;
  /** The demo's if not given: the agent asks the gateway itself. */
  engine?: AgentConfig['engine'];
  /** Pinned beside the hub's own. */
  moreKeys?: PolicyKeys['keys'];
  /** Settings beside `hub` and `policyKeys`; null: nobody manages this machine, and nothing is pinned. */
  settings?: Record<string, unknown> | null;
  /** Is there a browser to open? Yes if not given. */
  browser?: boolean;
  /** The system's if not given. */
  clock?: Clock;
  /** Where it logs; nowhere if not given. */
  log?: Logger;
}

/** The agent in this process, with the real hub and the real gateway as processes of their own. */
export interface TestAgent {
  hub: TestHub;
  gateway: TestGateway;
  /** The agent that runs now. */
  agent: Agent;
  stateDir: string;
  config: AgentConfig;
  /** What a keyring would keep, over all restarts. */
  secrets: SecretStore;
  /** The addresses that the agent opened in a browser, oldest first. */
  opened: string[];
  /** Every snapshot that was published, oldest first, over all restarts. */
  history: Snapshot[];
  /** Answers in place of the network, where it answers at all. */
  intercept: ((url: URL, request: RequestInit | undefined) => Promise<Response | null>) | null;
  /** The network that the machine is in, by its addresses. */
  network: ReturnType<typeof networkInterfaces>;
  /** Goes through the sign-in as a user does. */
  signIn(username: string): Promise<void>;
  /** The first snapshot, from now on, that fits. */
  until(what: StateId | ((snapshot: Snapshot) => boolean)): Promise<Snapshot>;
  stopAgent(): Promise<void>;
  /** Again on the same folder; what a keyring would keep is kept. */
  startAgent(): Promise<void>;
  stop(): Promise<void>;
}

export async function startTestAgent(options: TestAgentOptions = {}): Promise<TestAgent> {
  const hub = await startHub(options.hub);
  const stateDir = await mkdtemp(join(tmpdir(), 'portcullis-agent-'));
  const undo: (() => Promise<void>)[] = [() => rm(stateDir, { recursive: true, force: true }), () => hub.stop()];
  try {
    const { keys } = await hub.policyKeys();
    const managed = options.settings !== null;
    const gateway = await startGateway({
      ...(managed ? {} : { registry: null }),
      settings: managed
        ? { hub: hub.url, policyKeys: { keys: [...keys, ...(options.moreKeys ?? [])] }, ...options.settings }
        : null,
      ...options.gateway,
    });
    undo.push(() => gateway.stop());
    const secrets = memorySecretStore();
    const history: Snapshot[] = [];
    const config = AgentConfig.parse({
      stateDir,
      gatewayControl: gateway.controlPath,
      managedConfig: { folder: gateway.managedFolder },
      hub: hub.url,
      engine: options.engine,
    });
    let running: Agent | null = null;

    const test: TestAgent = {
      hub,
      gateway,
      stateDir,
      config,
      secrets,
      opened: [],
      history,
      intercept: null,
      network: networkInterfaces(),
      get agent() {
        if (running === null) throw new Error('no agent runs');
        return running;
      },
      async startAgent() {
        running = await runAgent(config, {
          clock: options.clock ?? systemClock,
          fetch: async (input, request) => {
            const url = new URL(input instanceof Request ? input.url : input);
            return (await test.intercept?.(url, request)) ?? fetch(input, request);
          },
          secrets,
          openInBrowser: async (address) => {
            test.opened.push(address);
            return options.browser ?? true;
          },
          platform: process.platform,
          // Other programs of this machine are not what tests of the agent are about.
          inspectMachine: async () => machine,
          networkInterfaces: () => test.network,
          log: options.log ?? createLogger('agent', undefined, process.env.PORTCULLIS_LOG_LEVEL ?? 'silent'),
        });
        history.push(running.snapshot());
        running.onSnapshot((snapshot) => history.push(snapshot));
      },
      async stopAgent() {
        await running?.stop();
        running = null;
      },
      async signIn(username) {
        const { authorizationUrl } = await test.agent.handlers['session.signIn']({ opener: 'caller' });
        await hub.finishSignIn(authorizationUrl, username);
      },
      until: (what) => {
        const fits = typeof what === 'string' ? (snapshot: Snapshot) => snapshot.state.id === what : what;
        const { agent } = test;
        return new Promise((resolve, reject) => {
          const timer = setTimeout(() => {
            stopListening();
            const { state, session, policy, filter, sync, gateway: link } = agent.snapshot();
            const seen = JSON.stringify({ state, session, policy, filter, sync, link }, null, 2);
            reject(new Error(`waited in vain for ${what}; in the end:\n${seen}`));
          }, PATIENCE);
          const look = (snapshot: Snapshot): void => {
            if (!fits(snapshot)) return;
            clearTimeout(timer);
            stopListening();
            resolve(snapshot);
          };
          const stopListening = agent.onSnapshot(look);
          look(agent.snapshot());
        });
      },
      async stop() {
        await test.stopAgent();
        for (const step of undo.reverse()) await step();
      },
    };
    undo.push(() => test.stopAgent());
    await test.startAgent();
    return test;
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}
