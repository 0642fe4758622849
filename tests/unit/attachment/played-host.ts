import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createMachine, type Machine } from '../../../main/attachment/machine.ts';
import type { CommandResult, RunCommand } from '../../../main/platform/process/run-command.ts';

/** A machine in a folder, whose systemd, nft and ip are played: they know which units there are, and note what they were told. */
export interface PlayedHost extends Disposable {
  readonly machine: Machine;
  /** What systemctl and the guard were told, in order. */
  readonly told: string[];
  /** Fails the first command that this pattern matches. */
  failOn: RegExp | null;
  put(path: string, content: string): void;
  /** Every file below /etc with its content. */
  tree(): Record<string, string>;
  folders(): string[];
}

export interface PlayedHostOptions {
  /** Units that are installed; `docker.service` and the gateway's if not given. */
  readonly units?: readonly string[];
  /** Does nft take rules with control groups, rules without, nothing? */
  readonly nft?: 'all' | 'no-control-groups' | 'nothing' | 'missing';
  readonly addresses?: readonly { ifname: string; local: string }[];
}

export function playedHost({
  units = ['docker.service', 'portcullis-gateway.service'],
  nft = 'all',
  addresses = [{ ifname: 'lo', local: '127.0.0.1' }],
}: PlayedHostOptions = {}): PlayedHost {
  const root = mkdtempSync(join(tmpdir(), 'played-host-'));
  const told: string[] = [];
  const host = { failOn: null as RegExp | null };

  const exited = (code: number, stdout = '', stderr = ''): CommandResult => ({
    ...{ kind: 'exited', code },
    ...{ stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) },
  });

  const show = (names: readonly string[]): string =>
    names
      .map((name) => {
        const dropIn = join(root, `etc/systemd/system/${name}.d`);
        const files = existing(dropIn).map((file) => `/etc/systemd/system/${name}.d/${file}`);
        return [
          `Id=${name}`,
          `LoadState=${units.includes(name) ? 'loaded' : 'not-found'}`,
          `ActiveState=${units.includes(name) ? 'active' : 'inactive'}`,
          `MainPID=${units.includes(name) ? 100 + units.indexOf(name) : 0}`,
          'NeedDaemonReload=no',
          `ControlGroup=/system.slice/${name}`,
          `DropInPaths=${files.join(' ')}`,
        ].join('\n');
      })
      .join('\n\n');

  const run: RunCommand = async (command, options) => {
    const [name = '', ...words] = command;
    const line = command.join(' ');
    if (host.failOn?.test(line)) {
      host.failOn = null;
      return exited(1, '', 'played failure');
    }
    if (name === 'systemctl' && words[0] === 'show')
      return exited(0, `${show(words.slice(words.indexOf('--') + 1))}\n`);
    if (name === 'getent') return exited(0, `mia:x:${words.at(-1)}:${words.at(-1)}::/home/mia:/bin/bash\n`);
    if (name === 'systemctl' || name === '/bin/sh' || name === 'runuser') {
      told.push(line);
      return exited(0);
    }
    if (name === 'ip' && words.includes('address')) {
      const all = addresses.map(({ ifname, local }) => ({
        ifname,
        addr_info: [{ local, family: local.includes(':') ? 'inet6' : 'inet' }],
      }));
      return exited(0, JSON.stringify(all));
    }
    if (name === 'ip') return exited(0, '[{"dst":"default"}]');
    if (name === 'nft') {
      if (nft === 'missing') return { kind: 'failed', errno: 'ENOENT', cause: 'spawn nft ENOENT' };
      const rules = String(options?.input ?? '');
      const refuses = nft === 'nothing' || (nft === 'no-control-groups' && rules.includes('cgroupv2'));
      return refuses ? exited(1, '', 'Error: Could not process rule: No such file or directory') : exited(0);
    }
    return exited(0);
  };

  const put = (path: string, content: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  };
  put('/run/systemd/system/.keep', '');
  put('/etc/passwd', 'root:x:0:0::/root:/bin/sh\nportcullis:x:999:999::/:/usr/sbin/nologin\n');

  const walk = (folder: string): string[] =>
    existing(join(root, folder)).flatMap((name) => {
      const path = join(folder, name);
      return statSync(join(root, path)).isDirectory() ? [`${path}/`, ...walk(path)] : [path];
    });

  return {
    machine: createMachine(root, run),
    told,
    get failOn() {
      return host.failOn;
    },
    set failOn(pattern) {
      host.failOn = pattern;
    },
    put,
    tree: () =>
      Object.fromEntries(
        walk('/etc')
          .filter((path) => !path.endsWith('/'))
          .map((path) => [path, readFileSync(join(root, path), 'utf8')]),
      ),
    folders: () => walk('/etc').filter((path) => path.endsWith('/')),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

function existing(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
