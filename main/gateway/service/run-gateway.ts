import { Resolver } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { createLogger } from '../../platform/log/logger.ts';
import { aborted } from '../../platform/process/aborted.ts';
import { stopSignal } from '../../platform/process/stop-signal.ts';
import { systemClock } from '../../platform/time/clock.ts';
import { startGateway } from '../gateway.ts';
import { version } from '../version.ts';
import { readGatewayConfig } from './gateway-config.ts';

/**
 * `portcullis gateway run --config FILE`: serves until SIGTERM or SIGINT. Prints one JSON line once it serves:
 * `{"ready":true,"pid":…,"generation":…,"listeners":{…},"control":"…"}`.
 * @throws ProblemError for what keeps it from starting.
 */
export async function runGateway(configFile: string): Promise<void> {
  const stopped = stopSignal();
  const config = await readGatewayConfig(configFile);
  const log = createLogger('gateway', config.log);
  // The wall stands whatever is thrown at it: what is in force is kept apart from the connection that went wrong.
  process.on('uncaughtException', (error) => log.error({ err: error }, 'unexpected, carrying on'));
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'unexpected, carrying on'));
  const gateway = await startGateway(config, {
    version,
    clock: systemClock,
    log,
    platform: process.platform,
    resolvConf: process.platform === 'win32' ? windowsResolvConf : () => readFile('/etc/resolv.conf', 'utf8'),
    fail: (why) => {
      log.fatal(why);
      process.exit(1);
    },
  });
  const { pid, generation, listeners } = gateway.status();
  process.stdout.write(`${JSON.stringify({ ready: true, pid, generation, listeners, control: config.control })}\n`);
  await aborted(stopped);
  log.info('stopping');
  await gateway.stop();
}

/** Windows has no such file. A new resolver of c-ares reads from the system which servers its interfaces are to use. */
async function windowsResolvConf(): Promise<string> {
  return new Resolver()
    .getServers()
    .map((server) => `nameserver ${server}\n`)
    .join('');
}
