import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';

const MARK = 'PORTCULLIS_BENCH_NAMESPACE';

/** An address that only the namespace has. */
export const OWN_ADDRESS = '10.213.0.1';

export function insideNamespace(): boolean {
  return process.env[MARK] === '1';
}

/**
 * Runs this very command again in a network namespace of its own, which ends with it: load reaches nobody else, and ports are
 * all free. Without root, in a user namespace too. Resolves with its exit code.
 */
export async function runInNamespace(env: NodeJS.ProcessEnv): Promise<number> {
  const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const again = [...user, '--net', '--', process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const child = spawn('unshare', again, { stdio: 'inherit', env: { ...env, [MARK]: '1' } });
  const forward = (signal: NodeJS.Signals): void => {
    child.kill(signal);
  };
  process.once('SIGTERM', forward).once('SIGINT', forward);
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? 1;
}

export function setUpNamespace(): void {
  for (const args of [
    ['link', 'set', 'lo', 'up'],
    // Not on the loopback device: what is there is the gateway's own, to which it tunnels nothing (`another-machine.ts`).
    ['link', 'add', 'outside', 'type', 'veth', 'peer', 'name', 'nobody'],
    ['link', 'set', 'outside', 'up'],
    ['address', 'add', `${OWN_ADDRESS}/32`, 'dev', 'outside'],
  ]) {
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  }
}
