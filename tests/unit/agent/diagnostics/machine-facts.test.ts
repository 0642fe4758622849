import { describe, expect, it } from 'vitest';
import { type MachineDeps, machineFacts } from '../../../../main/agent/diagnostics/machine/machine-facts.ts';
import type { CommandResult } from '../../../../main/platform/process/run-command.ts';

function missing(): never {
  throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
}

function says(output: string, code = 0): CommandResult {
  return { kind: 'exited', code, stdout: Buffer.from(output, 'utf16le'), stderr: Buffer.alloc(0) };
}

const windows: MachineDeps = {
  platform: 'win32',
  release: '10.0.22631',
  env: { SystemRoot: 'C:\\Windows', ProgramData: 'C:\\ProgramData' },
  home: 'C:\\Users\\mia',
  engine: { kind: 'wsl', name: 'docker-desktop', socket: null },
  findCommand: (name) => (name === 'wsl' ? 'C:\\Windows\\System32\\wsl.exe' : null),
  runCommand: async () => ({ kind: 'failed', errno: 'ENOENT', cause: 'not there' }),
  readText: async () => missing(),
  exists: async () => false,
  isListed: () => false,
};

describe('what is found out about a machine', () => {
  it('is null where it cannot be found out, and nothing fails', async () => {
    const facts = await machineFacts({
      ...windows,
      findCommand: () => null,
      engine: { ...windows.engine, kind: 'demo' },
    });
    expect(facts).toMatchObject({ engine: null, wsl: null, builders: null, contexts: null, hostsEntries: null });
    // A file that is not there is an answer.
    expect(facts).toMatchObject({ daemon: 'absent', containerProxies: [] });
  });

  it('is not known of a file that may not be read', async () => {
    const facts = await machineFacts({
      ...windows,
      readText: async () => {
        throw Object.assign(new Error('denied'), { code: 'EACCES' });
      },
    });
    expect(facts).toMatchObject({ daemon: null, containerProxies: null, hostsEntries: null });
  });

  it('asks the WSL of the Store for its kernel, in UTF-16', async () => {
    const facts = await machineFacts({
      ...windows,
      runCommand: async ([, option]) =>
        option === '--version'
          ? says('WSL-Version: 2.3.26.0\r\nKernelversion: 5.15.167.4-1\r\n')
          : says('  NAME    STATUS    VERSION\r\n* Ubuntu  Beendet   2\r\n  Alt     Beendet   1\r\n'),
    });
    expect(facts.wsl).toEqual({ kernel: '5.15.167.4', foundBy: 'wsl.exe --version', distributions: ['Ubuntu'] });
  });

  it('asks the WSL that came with Windows in the way it understands', async () => {
    const facts = await machineFacts({
      ...windows,
      runCommand: async ([, option]) =>
        option === '--status'
          ? says('Default Version: 2\r\n\r\nKernel version: 5.10.102.1\r\n')
          : says('Invalid command line option: --version\r\n', 1),
    });
    expect(facts.wsl).toMatchObject({ kernel: '5.10.102.1', foundBy: 'wsl.exe --status' });
  });

  it('takes the kernel of the distribution it runs in itself', async () => {
    const facts = await machineFacts({
      ...windows,
      platform: 'linux',
      release: '5.15.90.1-microsoft-standard-WSL2',
      engine: { kind: 'linux', name: 'Docker Engine', socket: null },
    });
    expect(facts.wsl).toMatchObject({ kernel: '5.15.90.1-microsoft-standard-WSL2', foundBy: 'uname -r' });
  });

  it("leaves the filter's own engine out of the others", async () => {
    const facts = await machineFacts({
      ...windows,
      platform: 'linux',
      release: '6.1.0',
      env: { XDG_RUNTIME_DIR: '/run/user/1000' },
      home: '/home/mia',
      engine: { kind: 'linux', name: 'Docker Engine', socket: 'unix:///run/docker.sock' },
      exists: async (path) => ['/var/run/docker.sock', '/run/user/1000/podman/podman.sock'].includes(path),
    });
    expect(facts.otherSockets).toEqual(['/run/user/1000/podman/podman.sock']);
  });

  /** As reg.exe prints it. */
  const POLICIES = 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies\\WSL';
  const LIST = `${POLICIES}\\WSLContainerRegistryAllowlist`;
  const registry = (keys: Record<string, string>) =>
    machineFacts({
      ...windows,
      runCommand: async ([program, , key = '']) => {
        const values = program === 'C:\\Windows\\System32\\reg.exe' ? keys[key] : undefined;
        return values === undefined ? says('', 1) : says(`\r\n${key}\r\n${values}\r\n`);
      },
    });

  it.each([
    ['forbidden', { [POLICIES]: '    AllowWSLContainer    REG_DWORD    0x0\r\n' }, { kind: 'forbidden' }],
    [
      'listed',
      {
        [POLICIES]: `    AllowWSLContainer    REG_DWORD    0x1\r\n\r\n${LIST}`,
        [LIST]: '    AllowedRegistry1    REG_SZ    ghcr.io\r\n    AllowedRegistry2    REG_SZ    docker.io\r\n',
      },
      { kind: 'listed', registries: ['ghcr.io', 'docker.io'] },
    ],
    ['open by an empty list', { [POLICIES]: `\r\n${LIST}`, [LIST]: '' }, { kind: 'open' }],
    ['open without a list', { [POLICIES]: '    AllowWSL    REG_DWORD    0x1\r\n' }, { kind: 'open' }],
    ['open without policies', { 'HKEY_LOCAL_MACHINE\\SOFTWARE\\Policies': '' }, { kind: 'open' }],
    ['unknown where nothing can be read', {}, null],
  ] as const)("reads WSL's policy for its own containers: %s", async (_, keys, expected) => {
    expect((await registry(keys)).wslContainers).toEqual(expected);
  });
});
