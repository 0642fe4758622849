import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import manifest from '../../package.json' with { type: 'json' };
import { demoEngine } from '../engines/demo/demo-engine.ts';
import { createDockerEngine } from '../engines/docker-engine.ts';
import { openManagedConfig } from '../managed-config/managed-config.ts';
import { makePrivateFolder } from '../platform/atomic-file.ts';
import type { Clock } from '../platform/clock.ts';
import type { Logger } from '../platform/logger.ts';
import { accountFile } from '../session/account.ts';
import type { SecretStore } from '../session/secret-store.ts';
import { openSession } from '../session/session.ts';
import type { Agent } from './agent.ts';
import type { AgentConfig } from './agent-config.ts';
import { createAgent } from './create-agent.ts';
import { filePreferences, type Preferences } from './preferences.ts';

/** What of the world outside the agent is given, so that a test can take its place. */
export interface World {
  clock: Clock;
  fetch: typeof fetch;
  secrets: SecretStore;
  openInBrowser: (address: string) => Promise<boolean>;
  platform: NodeJS.Platform;
  /** A file in the agent's folder if not given. */
  preferences?: Preferences;
  log: Logger;
}

/**
 * Starts an agent and all that it stands on. `stop` ends both; it loosens nothing.
 *
 * @throws ProblemError `cannot-write`, `platform-unsupported`.
 */
export async function runAgent(config: AgentConfig, world: World): Promise<Agent> {
  const { clock, fetch, log, platform } = world;
  await makePrivateFolder(config.stateDir);
  const managedConfig = await openManagedConfig({ place: config.managedConfig, platform, clock, log });
  const hub = (): string | null => managedConfig.current().settings.hub ?? config.hub ?? null;
  const session = openSession({
    settings: () => {
      const { verdict, allowedOrgs, settings } = managedConfig.current();
      const { issuer, clientId, organizationsClaim, scopes } = settings;
      // A typing mistake in a file denies everything, in the gateway; it must not sign out everybody as well. So the list
      // is empty then, and the server is unknown rather than the user's own.
      const unknown = verdict === 'malformed' || verdict === 'unreadable';
      return {
        hub: settings.hub ?? (unknown ? null : hub()),
        issuer,
        clientId,
        organizationsClaim,
        scopes,
        allowedOrgs,
      };
    },
    secrets: world.secrets,
    account: accountFile(join(config.stateDir, 'account.json')),
    fetch,
    clock,
    random: Math.random,
    log,
  });
  const agent = createAgent({
    version: manifest.version,
    stateDir: config.stateDir,
    managedConfig,
    session,
    preferences: world.preferences ?? filePreferences(config.stateDir),
    engine: (listeners) => {
      const { engine } = config;
      if (engine.kind === 'demo') return demoEngine(listeners, () => randomBytes(2).readUInt16BE());
      return createDockerEngine(engine);
    },
    connectGateway: () => connectTo(config.gatewayControl),
    hub,
    fetch,
    clock,
    random: Math.random,
    randomBytes,
    openInBrowser: world.openInBrowser,
    platform,
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

async function connectTo(path: string): Promise<Duplex> {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}
