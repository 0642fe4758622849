import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { DIRECT_PROBE_SUFFIX } from '../../../shared/schemas/control-schema.ts';
import { pingEngine } from '../../agent/engines/docker-api.ts';
import { findCommand } from '../../platform/process/find-command.ts';

const ENTER = join(import.meta.dirname, 'enter.sh');

export interface DockerdPlace {
  /** The VM's folder: images, socket, log. */
  readonly folder: string;
  readonly namespaceFile: string;
  /** Control group of all containers, so that they are found even when dockerd was killed. */
  readonly cgroup: string;
}

export interface DockerdSettings {
  /** `http://10.200.7.1:3128`: the gateway's proxy. Without one the engine resolves and connects by itself. */
  readonly proxy?: string | undefined;
  /** `10.200.7.3`: the gateway's `workload` view, which containers get as their resolver in place of the engine's own. */
  readonly containerDns?: string | undefined;
  /** PEM certificates the engine trusts beside the system's. */
  readonly caFile?: string | undefined;
}

export function socketOf(place: DockerdPlace): string {
  return join(place.folder, 'docker.sock');
}

function commandLine(place: DockerdPlace): string[] {
  return [
    // The engine never outlives us: a run that was killed leaves no daemon that somebody would take for a guarded one.
    ...['setpriv', '--pdeathsig', 'TERM'],
    // Not `ip netns exec`: that mounts a new /sys, in which dockerd finds no control groups.
    ...['nsenter', `--net=${place.namespaceFile}`],
    ...['unshare', '--mount', '--propagation', 'private'],
    ...[ENTER, place.folder],
    'dockerd',
    ...['--host', `unix://${socketOf(place)}`],
    ...['--data-root', join(place.folder, 'data')],
    ...['--exec-root', join(place.folder, 'exec')],
    ...['--pidfile', join(place.folder, 'docker.pid')],
    ...['--bridge=none', '--iptables=false', '--ip6tables=false'],
    // A download that is cut or refused says so after 5 seconds; five attempts, the default, take 75.
    ...['--max-download-attempts', '2'],
    ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--cgroup-parent', `/${place.cgroup}`],
  ];
}

function environment(place: DockerdPlace, settings: DockerdSettings): NodeJS.ProcessEnv {
  return {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    HOME: place.folder,
    // Debian's dockerd is linked against glibc and would follow the modules of nsswitch.conf (systemd's, mDNS) past our resolver.
    GODEBUG: 'netdns=go',
    ...(settings.proxy === undefined
      ? {}
      : { HTTPS_PROXY: settings.proxy, HTTP_PROXY: settings.proxy, NO_PROXY: `.${DIRECT_PROBE_SUFFIX}` }),
    // Go reads this file instead of the system's bundle, and the system's folder /etc/ssl/certs all the same.
    ...(settings.caFile === undefined ? {} : { SSL_CERT_FILE: settings.caFile }),
  };
}

/**
 * Starts dockerd and resolves when its API answers.
 *
 * @param patience milliseconds until it has to answer
 * @throws ProblemError `engine-did-not-start` with the daemon's last words
 */
export async function startDockerd(
  place: DockerdPlace,
  settings: DockerdSettings,
  patience = 90_000,
): Promise<ChildProcess> {
  const [file = '', ...args] = commandLine(place);
  if (settings.containerDns !== undefined) args.push('--dns', settings.containerDns);
  const logFile = join(place.folder, 'dockerd.log');
  const log = openSync(logFile, 'a', 0o600);
  const daemon = spawn(findCommand(file, process.env.PATH) ?? file, args, {
    cwd: '/',
    env: environment(place, settings),
    stdio: ['ignore', log, log],
    // A session of its own: Ctrl-C is for us, and we stop the engine in our order.
    detached: true,
  });
  closeSync(log);
  let failure = '';
  daemon.once('error', (error) => {
    failure = error.message;
  });

  const deadline = performance.now() + patience;
  while (failure === '' && daemon.exitCode === null && daemon.signalCode === null && performance.now() < deadline) {
    const answer = await pingEngine(socketOf(place), AbortSignal.timeout(5_000));
    if (answer.kind === 'answered' && answer.status === 200) return daemon;
    await delay(50);
  }
  const lastWords = readFileSync(logFile, 'utf8').trim().split('\n').slice(-3).join('\n');
  await stopDockerd(daemon, 0);
  throw new ProblemError({
    code: 'engine-did-not-start',
    message: 'The Docker Engine of the VM did not start.',
    cause: (failure || lastWords || `its log ${logFile} is empty`).slice(-1000),
    next: 'Make sure that docker.io is installed and that this is root on Linux.',
  });
}

/** Asks dockerd to end, and kills it after `patience` milliseconds. What it leaves of containers is not seen to here. */
export async function stopDockerd(daemon: ChildProcess, patience = 20_000): Promise<void> {
  if (daemon.pid === undefined || daemon.exitCode !== null || daemon.signalCode !== null) return;
  const ended = once(daemon, 'exit');
  daemon.kill(patience > 0 ? 'SIGTERM' : 'SIGKILL');
  const timer = setTimeout(() => daemon.kill('SIGKILL'), patience);
  await ended;
  clearTimeout(timer);
}
