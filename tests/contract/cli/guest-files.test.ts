import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentSocket, serveAgentSocket } from '../../../main/agent/transport/agent-socket.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import type { RegistryRow } from '../../../shared/schemas/ipc-schema.ts';
import { CLI } from '../../support/command-line.ts';
import { createFakeAgent, type FakeAgent } from '../../support/fake-agent.ts';
import { allGood, snapshotOf } from '../../support/snapshots.ts';

let folder: string;
let agent: FakeAgent;
let socket: AgentSocket;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-guests-'));
  agent = createFakeAgent();
  socket = await serveAgentSocket(join(folder, 'run', 'agent.sock'), agent, silentLogger());
});
afterEach(async () => {
  await socket.close();
  await rm(folder, { recursive: true });
});

async function engine(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, 'engine', ...args], {
    env: { ...process.env, PORTCULLIS_AGENT_SOCKET: socket.path },
    ...{ cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] as const },
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

describe('engine guest-files', () => {
  it('prints what goes where, and writes nothing', async () => {
    const { code, out, err } = await engine('guest-files', '--lima', '--wsl');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('==> lima: override.yaml\n# $LIMA_HOME/_config/override.yaml');
    expect(out).toContain('==> wsl: wslconfig\n# %UserProfile%\\.wslconfig');
    expect(out).not.toContain('==> colima');
    // As it is, to copy from: with its lines and tabs.
    await engine('guest-files', '--lima', '--out', '.');
    expect(out).toContain(await readFile(join(folder, 'lima/override.yaml'), 'utf8'));
  });

  it("writes Docker Desktop's settings, which lock the gateway in as its proxy", async () => {
    expect(await engine('guest-files', '--docker-desktop', '--out', 'guests')).toMatchObject({ code: 0, err: '' });
    const settings = JSON.parse(await readFile(join(folder, 'guests/docker-desktop/admin-settings.json'), 'utf8'));
    const gateway = JSON.parse(await readFile(join(folder, 'guests/docker-desktop/gateway.json'), 'utf8'));
    const proxy = `http://${gateway.proxy[0]}`;
    expect(settings).toEqual({
      configurationFileVersion: 2,
      proxy: { locked: true, mode: 'manual', http: proxy, https: proxy, exclude: [] },
    });
  });

  it('writes the files, and again where they are the same; other content only with --force', async () => {
    expect(await engine('guest-files', '--colima', '--wsl', '--out', 'guests')).toMatchObject({ code: 0, err: '' });
    const file = join(folder, 'guests/colima/colima.yaml');
    const written = await readFile(file, 'utf8');
    expect((await stat(join(folder, 'guests/wsl/portcullis-guest.sh'))).mode & 0o777).toBe(0o755);
    const again = await engine('guest-files', '--colima', '--out', 'guests');
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining('colima.yaml is already as it should be.') });

    await writeFile(file, 'cpu: 4\n');
    const refused = await engine('guest-files', '--colima', '--out', 'guests');
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('already exists with other content') });
    expect(await readFile(file, 'utf8')).toBe('cpu: 4\n');
    expect(await engine('guest-files', '--colima', '--out', 'guests', '--force')).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).toBe(written);
  });

  it('needs a guest, and an address for its host', async () => {
    expect(await engine('guest-files')).toMatchObject({ code: 2, err: expect.stringContaining('name a guest') });
    const bad = await engine('guest-files', '--lima', '--host', 'host.lima.internal; reboot');
    expect(bad).toMatchObject({ code: 1, out: '', err: expect.stringContaining('is not an IPv4 address.') });
  });

  it('checks a .wslconfig, with exit code 1 where anything is wrong', async () => {
    await writeFile(join(folder, 'mine'), '[wsl2]\nnetworkingMode=mirrored\ndnsTunneling=false\nautoProxy=false\n');
    const wrong = await engine('guest-files', '--check-wslconfig', 'mine');
    expect(wrong).toMatchObject({ code: 1, out: expect.stringContaining('mine, line 2: networkingMode must be nat') });
    await engine('guest-files', '--wsl', '--out', '.');
    expect(await engine('guest-files', '--check-wslconfig', 'wsl/wslconfig')).toMatchObject({ code: 0, err: '' });
    expect(await engine('guest-files', '--check-wslconfig', 'nowhere')).toMatchObject({ code: 1 });
  });
});

describe('engine wsl-allowlist', () => {
  const row = (address: string): RegistryRow => ({
    ...{ address, nickname: null, known: null, problem: null, notices: [], companions: [] },
  });
  const valuesIn = async (file: string) =>
    (await readFile(join(folder, file), 'utf16le')).match(/(?<="AllowedRegistry\d+"=").*(?=")/g) ?? [];

  it('exports the list that is in force, all pages of it, and names what WSL cannot hold', async () => {
    agent.answer({
      'registries.list': async ({ cursor }) => ({
        ...{ total: 3, stale: false, version: '1' },
        items: cursor === null ? [row('ghcr.io'), row('*.example.com')] : [row('quay.io')],
        next: cursor === null ? '2' : null,
      }),
    });
    const { code, err } = await engine('wsl-allowlist');
    expect(code).toBe(0);
    expect(await valuesIn('portcullis-wsl.reg')).toEqual(['ghcr.io', 'quay.io']);
    expect(err).toContain('Not in the file, so blocked in WSL containers: *.example.com');
    expect(err).toContain('export it again when the list changes');
    expect(await engine('wsl-allowlist')).toMatchObject({ code: 1, err: expect.stringContaining('already exists') });
  });

  it('begins anew where the list changed between two pages', async () => {
    let asked = 0;
    agent.answer({
      'registries.list': async ({ cursor }) => {
        asked += 1;
        const isStale = asked === 2;
        return {
          ...{ total: 2, stale: isStale, version: isStale ? '2' : '1' },
          items: asked <= 2 ? [row('old.example')] : [row(cursor === null ? 'ghcr.io' : 'quay.io')],
          next: cursor === null ? '2' : null,
        };
      },
    });
    expect(await engine('wsl-allowlist')).toMatchObject({ code: 0 });
    expect(await valuesIn('portcullis-wsl.reg')).toEqual(['ghcr.io', 'quay.io']);
  });

  it('forbids WSL containers where nothing is allowed', async () => {
    const { code, err } = await engine('wsl-allowlist', '--out', 'none.reg');
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('forbids WSL containers') });
    expect(await valuesIn('none.reg')).toEqual([]);
    expect(await readFile(join(folder, 'none.reg'), 'utf16le')).toContain('"AllowWSLContainer"=dword:00000000');
  });

  it.each([
    ['no policy', null],
    ['restrictions that are off', { enabled: false }],
    ['a policy that only records', { mode: 'audit' as const }],
  ])('exports nothing with %s', async (_, change) => {
    const { policy } = snapshotOf(allGood);
    if (policy?.kind !== 'fresh') throw new Error('the snapshot of the tests has no policy');
    const changed = change === null ? null : { ...policy, policy: { ...policy.policy, ...change } };
    agent.play({ ...snapshotOf(allGood), policy: changed });
    const { code, err } = await engine('wsl-allowlist');
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining('wsl-allowlist-not-in-force') });
    await expect(stat(join(folder, 'portcullis-wsl.reg'))).rejects.toThrow('ENOENT');
    expect(await engine('wsl-allowlist', '--registry', 'ghcr.io')).toMatchObject({ code: 0 });
  });
});
