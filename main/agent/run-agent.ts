import { randomBytes } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import manifest from '../../package.json' with { type: 'json' };
import type { Problem } from '../../shared/problems/problem.ts';
import { openManagedConfig } from '../managed-config/managed-config.ts';
import { makePrivateFolder } from '../platform/fs/atomic-file.ts';
import { fileTail } from '../platform/fs/file-tail.ts';
import type { Logger } from '../platform/log/logger.ts';
import { connectToOwned, type OpenPipe } from '../platform/net/unix-socket.ts';
import type { Clock } from '../platform/time/clock.ts';
import type { Agent } from './agent.ts';
import type { AgentConfig } from './agent-config.ts';
import { type AgentDeps, createAgent } from './create-agent.ts';
import { thisEnvironment } from './diagnostics/environment.ts';
import { inspectThisMachine } from './diagnostics/inspect-this-machine.ts';
import { followEngine } from './engines/create-engine.ts';
import { filePreferences, type Preferences } from './preferences.ts';
import { accountFile } from './session/account.ts';
import { managedSecretStore } from './session/managed-secret-store.ts';
import { fileSecretStore, type SecretStore } from './session/secret-store.ts';
import { openSession } from './session/session.ts';

/** Bytes: some hours of log. */
const LOG_IN_REPORT = 256 * 1024;

/** The world outside the agent, which tests replace. */
export interface World {
  clock: Clock;
  fetch: typeof fetch;
  secrets: SecretStore;
  openInBrowser: (address: string) => Promise<boolean>;
  platform: NodeJS.Platform;
  /** This machine if not given. */
  inspectMachine?: AgentDeps['inspectMachine'];
  /** Those of this machine if not given. */
  networkInterfaces?: AgentDeps['networkInterfaces'];
  /** A file in the agent's folder if not given. */
  preferences?: Preferences;
  /** An address that brings the panel to the front; none if it is in a browser. */
  panelLink?: string;
  /** What is wrong with how this process reaches the network, if anything. */
  networkProblem?: Problem | null;
  /** How the gateway's pipe is opened on Windows. */
  openPipe?: OpenPipe;
  log: Logger;
}

/**
 * Starts an agent with its configuration and session. `stop` ends all of them, and loosens nothing.
 *
 * @throws ProblemError `cannot-write`, `platform-unsupported`.
 */
export async function runAgent(config: AgentConfig, world: World): Promise<Agent> {
  const { clock, fetch, log, platform } = world;
  await makePrivateFolder(config.stateDir);
  const managedConfig = await openManagedConfig({ place: config.managedConfig, platform, clock, log });
  const hub = (): string | null => {
    const { verdict, settings } = managedConfig.current();
    // The user's own server must not take the place of one that an administrator may have set.
    const unknown = verdict === 'malformed' || verdict === 'unreadable';
    // The provider's tokens are for nobody else's eyes.
    if (settings.membership === 'id-token') return null;
    return settings.hub ?? (unknown ? null : (config.hub ?? null));
  };
  const session = openSession({
    settings: () => {
      const { allowedOrgs, settings } = managedConfig.current();
      const { issuer, clientId, scopes, redirectPorts, membership } = settings;
      const { organizationsClaim, organizationsForm, organizationNames } = settings;
      // Of a malformed file the list is empty: the gateway denies everything, and nobody is signed out.
      const server = { hub: hub(), issuer, clientId, scopes, redirectPorts };
      return { ...server, organizationsClaim, organizationsForm, organizationNames, membership, allowedOrgs };
    },
    secrets: managedSecretStore(world.secrets, fileSecretStore(join(config.stateDir, 'sign-in.json')), () => {
      const { verdict, settings } = managedConfig.current();
      const isUnknown = verdict === 'malformed' || verdict === 'unreadable';
      return settings.signInStorage ?? (isUnknown ? 'unknown' : 'keyring');
    }),
    account: accountFile(join(config.stateDir, 'account.json')),
    fetch,
    clock,
    random: Math.random,
    panelLink: world.panelLink ?? null,
    log,
  });
  const agent = createAgent({
    version: manifest.version,
    stateDir: config.stateDir,
    tour: config.tour,
    networkProblem: world.networkProblem ?? null,
    managedConfig,
    session,
    preferences: world.preferences ?? filePreferences(config.stateDir, log),
    createEngine: (surroundings) =>
      followEngine(config.engine, () => managedConfig.current().settings.engine, platform, {
        ...surroundings,
        randomId: () => randomBytes(2).readUInt16BE(),
      }),
    connectGateway: () => connectToOwned(config.gatewayControl, process.geteuid?.(), world.openPipe),
    hub,
    fetch,
    clock,
    random: Math.random,
    randomBytes,
    openInBrowser: world.openInBrowser,
    platform,
    networkInterfaces: world.networkInterfaces ?? networkInterfaces,
    inspectMachine: world.inspectMachine ?? inspectThisMachine,
    environment: () => thisEnvironment(process.env),
    readLog: async () => (config.log === undefined ? [] : fileTail(config.log, LOG_IN_REPORT)),
    log,
  });
  const stop = async (): Promise<void> => {
    await agent.stop();
    await session.close();
    managedConfig.close();
  };
  try {
    await agent.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...agent, stop };
}
