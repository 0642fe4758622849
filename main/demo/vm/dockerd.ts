import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DIRECT_PROBE_SUFFIX } from '../../../shared/probe-names.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { pingEngine } from '../../agent/engines/docker-api.ts';
import { findCommand } from '../../platform/process/find-command.ts';

const ENTER = join(import.meta.dirname, 'enter.sh');

export interface DockerdPlace {
  /** The VM's folder: images, socket, log. */
  readonly folder: string;
  readonly namespaceFile: string;
  /** Control group of all containers, to find them even after dockerd was killed. */
  readonly cgroup: string;
}

export interface DockerdSettings {
  /** `http://10.200.7.1:3128`: the gateway's proxy. Without it the engine resolves names and connects by itself. */
  readonly proxy?: string | undefined;
  /** `10.200.7.3`: the gateway's `workload` view, as the resolver of containers. */
  readonly containerDns?: string | undefined;
  /** PEM certificates that the engine trusts in addition to the system's. */
  readonly caFile?: string | undefined;
}

export function socketOf(place: DockerdPlace): string {
  return join(place.folder, 'docker.sock');
}

function commandLine(place: DockerdPlace): string[] {
  return [
    // The engine must not outlive this process: without its gateway it would look filtered and not be.
    ...['setpriv', '--pdeathsig', 'TERM'],
    // Not `ip netns exec`, which mounts a new /sys in which dockerd finds no control groups.
    ...['nsenter', `--net=${place.namespaceFile}`],
    ...['unshare', '--mount', '--propagation', 'private'],
    ...[ENTER, place.folder],
    'dockerd',
    ...['--host', `unix://${socketOf(place)}`],
    ...['--data-root', join(place.folder, 'data')],
    ...['--exec-root', join(place.folder, 'exec')],
    ...['--pidfile', join(place.folder, 'docker.pid')],
    ...['--bridge=none', '--iptables=false', '--ip6tables=false'],
    // A blocked download then fails after 5 seconds; the default of five attempts takes 75.
    ...['--max-download-attempts', '2'],
    ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${place.cgroup}`],
  ];
}

function environment(place: DockerdPlace, settings: DockerdSettings): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: place.folder,
    // Debian's dockerd uses glibc, whose nsswitch.conf modules (systemd's, mDNS) would bypass our resolver.
    GODEBUG: 'netdns=go',
    ...(settings.proxy === undefined
      ? {}
      : { HTTPS_PROXY: settings.proxy, HTTP_PROXY: settings.proxy, NO_PROXY: `.${DIRECT_PROBE_SUFFIX}` }),
    // Go reads this file in place of the system's bundle, and still reads /etc/ssl/certs.
    ...(settings.caFile === undefined ? {} : { SSL_CERT_FILE: settings.caFile }),
  };
}

/**
 * Starts dockerd and resolves when its API answers.
 *
 * @throws ProblemError `engine-did-not-start` with the end of the daemon's log
 */
export async function startDockerd(
  place: DockerdPlace,
  settings: DockerdSettings,
  timeoutMs = 90_000,
): Promise<ChildProcess> {
  const [file = '', ...args] = commandLine(place);
  if (settings.containerDns !== undefined) args.push('--dns', settings.containerDns);
  const logFile = join(place.folder, 'dockerd.log');
  const log = openSync(logFile, 'a', 0o600);
  const daemon = spawn(findCommand(file, process.env.PATH) ?? file, args, {
    cwd: '/',
    env: environment(place, settings),
    stdio: ['ignore', log, log],
    // Ctrl-C must not reach it: the engine is stopped in order.
    detached: true,
  });
  closeSync(log);
  let spawnError = '';
  daemon.once('error', (error) => {
    spawnError = error.message;
  });

  const deadline = performance.now() + timeoutMs;
  while (spawnError === '' && daemon.exitCode === null && daemon.signalCode === null && performance.now() < deadline) {
    const answer = await pingEngine(socketOf(place), AbortSignal.timeout(5_000));
    if (answer.kind === 'answered' && answer.status === 200) return daemon;
    await delay(50);
  }
  const endOfLog = readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join('\n');
  await stopDockerd(daemon, 0);
  const cause = (spawnError || endOfLog || `its log ${logFile} is empty`).slice(-1000);
  throw new ProblemError(problem('engine-did-not-start', {}, { cause }));
}

/** Asks dockerd to stop, and kills it after `timeoutMs`. Its containers may keep running. */
export async function stopDockerd(daemon: ChildProcess, timeoutMs = 20_000): Promise<void> {
  if (daemon.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill(timeoutMs > 0 ? 'SIGTERM' : 'SIGKILL');
  const timer = setTimeout(() => daemon.kill('SIGKILL'), timeoutMs);
  await ended;
  clearTimeout(timer);
}
