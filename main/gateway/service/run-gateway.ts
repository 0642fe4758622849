import { Resolver } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GatewayConfig } from '../../../shared/schemas/control-schema.ts';
import { createLogger } from '../../platform/log/logger.ts';
import { aborted } from '../../platform/process/aborted.ts';
import { runCommand } from '../../platform/process/run-command.ts';
import { findServiceManager, type ServiceManager } from '../../platform/process/service-manager.ts';
import { stopSignal } from '../../platform/process/stop-signal.ts';
import { systemClock } from '../../platform/time/clock.ts';
import { startGateway } from '../gateway.ts';
import { machineIdOf } from '../identity/machine-id.ts';
import { openListeningSockets } from '../native/listening-sockets.ts';
import { connectNotifySocket } from '../native/notify-socket.ts';
import { openFolderSecurity } from '../native/windows-folder.ts';
import { windowsMeans } from '../native/windows-means.ts';
import { version } from '../version.ts';
import { readGatewayConfig } from './gateway-config.ts';
import { openKeptSockets } from './kept-sockets.ts';

const RESOLV_CONF = '/etc/resolv.conf';
const HOSTS_FILE =
  process.platform === 'win32'
    ? join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'drivers', 'etc', 'hosts')
    : '/etc/hosts';

/**
 * `portcullis gateway run --config FILE`: serves until SIGTERM or SIGINT. Prints one JSON line once it serves:
 * `{"ready":true,"pid":…,"generation":…,"listeners":{…},"control":"…"}`.
 * @throws ProblemError for what keeps it from starting.
 */
export async function runGateway(configFile: string): Promise<void> {
  const stopped = stopSignal();
  await serveGateway(await readGatewayConfig(configFile), { stopped });
}

/** Whoever started the gateway. */
export interface Supervisor extends Partial<Pick<ServiceManager, 'tell'>> {
  /** Aborts when it has to stop. */
  stopped: AbortSignal;
  /** Hears why the process ends, where that was not asked for. */
  fail?: (why: string) => void;
}

/** Without a `tell` of the supervisor's own, systemd is told where it waits for that. */
export async function serveGateway(config: GatewayConfig, { stopped, tell, fail }: Supervisor): Promise<void> {
  const log = createLogger('gateway', config.log);
  // One connection that went wrong must not take the wall with it.
  process.on('uncaughtException', (error) => log.error({ err: error }, 'unexpected error survived'));
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unexpected error survived'));
  // While this process may still write to whatever socket it is.
  const parts = { clock: systemClock, log, run: runCommand, connect: connectNotifySocket, pid: process.pid };
  const manager = tell ? { tell, descriptors: null } : await findServiceManager(process.env, parts);
  const store = manager.descriptors;
  await using gateway = await startGateway(config, {
    version,
    clock: systemClock,
    log,
    platform: process.platform,
    resolvConf:
      process.platform === 'win32'
        ? { path: null, read: windowsResolvConf }
        : { path: RESOLV_CONF, read: () => readFile(RESOLV_CONF, 'utf8') },
    hosts: () => readFile(HOSTS_FILE, 'utf8'),
    machineId: machineIdOf(process.platform, runCommand, (await windowsMeans())?.query),
    accountSid: (await openFolderSecurity())?.ownSid() ?? null,
    keepSockets: async (places) => openKeptSockets(places, store, store && (await openListeningSockets())),
    fail: (why) => {
      log.fatal(why);
      fail?.(why);
      process.exit(1);
    },
  }).catch(async (error: unknown) => {
    await store?.forgetAll();
    throw error;
  });
  const { pid, generation, listeners } = gateway.status();
  process.stdout.write(`${JSON.stringify({ ready: true, pid, generation, listeners, control: config.control })}\n`);
  await manager.tell('READY=1');
  await aborted(stopped);
  log.info('stop requested');
  await manager.tell('STOPPING=1');
}

/** Windows has no such file. A new resolver of c-ares reads from the system which servers its interfaces are to use. */
async function windowsResolvConf(): Promise<string> {
  return new Resolver()
    .getServers()
    .map((server) => `nameserver ${server}\n`)
    .join('');
}
