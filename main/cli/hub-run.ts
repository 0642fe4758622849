import { randomBytes } from 'node:crypto';
import { HubConfig } from '../hub/config.ts';
import { runHub } from '../hub/run.ts';
import { readConfigFile } from '../platform/fs/config-file.ts';
import { createLogger } from '../platform/log/logger.ts';
import { followSystemNetwork } from '../platform/net/outbound.ts';
import { runCommand } from '../platform/process/run-command.ts';
import { findServiceManager } from '../platform/process/service-manager.ts';
import { stopSignal } from '../platform/process/stop-signal.ts';
import { systemClock } from '../platform/time/clock.ts';

/** @param dashboardFolder the built dashboard. @throws ProblemError of the configuration, and of `runHub` */
export async function runHubCommand(configFile: string, dashboardFolder: string): Promise<void> {
  const config = await readConfigFile(configFile, HubConfig, 'docs/hub-api.md');
  const log = createLogger('hub', config.log);
  // The identity provider may be outside. The certificates count for the database and webhooks too, unless they have a `caFile`.
  const wrong = await followSystemNetwork(process.env);
  if (wrong !== null) log.error({ problem: wrong }, 'proxy not used');
  // systemd-notify speaks for it: nothing native is loaded here.
  const connect = async () => null;
  const manager = await findServiceManager(process.env, {
    clock: systemClock,
    log,
    run: runCommand,
    connect,
    pid: process.pid,
  });
  await runHub(config, {
    clock: systemClock,
    random: randomBytes,
    log,
    env: process.env,
    dashboardFolder,
    announce: (line) => {
      process.stdout.write(`${line}\n`);
      void manager.tell('READY=1');
    },
    stop: stopSignal(),
  });
}
