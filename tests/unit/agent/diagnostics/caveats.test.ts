import { describe, expect, it } from 'vitest';
import { type CaveatFacts, caveatsOf } from '../../../../main/agent/diagnostics/caveats.ts';
import type { MachineFacts } from '../../../../main/agent/diagnostics/machine/machine-facts.ts';
import { Caveat, CaveatCode } from '../../../../shared/schemas/caveat.ts';
import { MAX_SNAPSHOT_BYTES } from '../../../../shared/schemas/snapshot.ts';

const linux = { OSType: 'linux', Isolation: '', KernelVersion: '6.1.0', NoProxy: 'localhost', RegistryConfig: null };
const clean: MachineFacts = {
  engine: linux,
  wsl: null,
  wslContainers: null,
  builders: [{ name: 'default', driver: 'docker' }],
  contexts: [{ name: 'default', endpoint: 'unix:///var/run/docker.sock' }],
  otherSockets: [],
  hostsFile: '/etc/hosts',
  hostsEntries: [],
  daemonFile: '/etc/docker/daemon.json',
  daemon: 'absent',
  configFile: '/home/mia/.docker/config.json',
  containerProxies: [],
};
const facts: CaveatFacts = {
  platform: 'linux',
  engine: { kind: 'linux', name: 'Docker Engine', socket: 'unix:///var/run/docker.sock' },
  proxyInUse: true,
  attachment: null,
  signInEnforced: true,
  filterResolvers: ['10.200.0.1', '10.200.0.3'],
  machine: clean,
};

function on(machine: Partial<MachineFacts>, change: Partial<CaveatFacts> = {}) {
  const caveats = caveatsOf({ ...facts, machine: { ...clean, ...machine }, ...change });
  return (code: CaveatCode) => {
    const caveat = caveats.find((candidate) => candidate.code === code);
    return caveat && { applies: caveat.applies, details: caveat.details, foundBy: caveat.foundBy };
  };
}

describe('the caveats', () => {
  it('are all there, once, valid, and leave room in the snapshot', () => {
    const caveats = caveatsOf(facts);
    expect(caveats.map(({ code }) => code).sort()).toEqual([...CaveatCode.options].sort());
    expect(caveats.every((caveat) => Caveat.safeParse(caveat).success)).toBe(true);
    expect(JSON.stringify(caveats).length).toBeLessThan(MAX_SNAPSHOT_BYTES / 4);
  });

  it('are unknown, not absent, before anybody has looked', () => {
    const caveats = caveatsOf({ ...facts, machine: null });
    const unknown = caveats.filter(({ applies }) => applies === 'unknown').map(({ code }) => code);
    expect(unknown).toEqual(
      expect.arrayContaining(['second-engine', 'other-builders', 'hosts-file', 'engine-no-proxy', 'daemon-settings']),
    );
  });

  it('do not apply to a machine on which there is nothing', () => {
    const applying = caveatsOf(facts).filter(({ applies, foundBy }) => applies !== 'no' && foundBy !== null);
    expect(applying.map(({ code }) => code)).toEqual(['engine-socket']);
  });

  it('name builders that pull by themselves', () => {
    expect(on({ builders: [{ name: 'ci', driver: 'kubernetes' }] })('other-builders')).toEqual({
      applies: 'yes',
      details: ['ci (kubernetes)'],
      foundBy: 'docker buildx ls',
    });
    expect(on({ builders: null })('other-builders')?.applies).toBe('unknown');
  });

  it('name other engines: their sockets, and contexts that point elsewhere', () => {
    expect(on({ otherSockets: ['/run/podman/podman.sock'] })('second-engine')?.details).toEqual([
      '/run/podman/podman.sock',
    ]);
    const contexts = [...(clean.contexts ?? []), { name: 'prod', endpoint: 'ssh://prod.acme.example' }];
    expect(on({ contexts })('second-engine')?.details).toEqual(['prod: ssh://prod.acme.example']);
    expect(on({})('second-engine')?.applies).toBe('no');
  });

  it('name lines of the hosts file', () => {
    const hostsEntries = [{ line: 7, address: '10.0.0.5', name: 'ghcr.io' }];
    expect(on({ hostsEntries })('hosts-file')).toEqual({
      applies: 'yes',
      details: ['7: 10.0.0.5 ghcr.io'],
      foundBy: '/etc/hosts',
    });
  });

  it('name what the engine was told: resolvers, mirrors, and what goes past its proxy', () => {
    const caveat = on({
      daemon: { dns: ['9.9.9.9'], mirrors: ['https://mirror.example'] },
      engine: { ...linux, NoProxy: 'ghcr.io' },
    });
    expect(caveat('engine-dns')?.details).toEqual(['9.9.9.9']);
    expect(caveat('registry-mirrors')?.details).toEqual(['https://mirror.example']);
    expect(caveat('engine-no-proxy')?.details).toEqual(['ghcr.io']);
    expect(on({ daemon: 'invalid' })('daemon-settings')?.applies).toBe('yes');
    expect(on({ daemon: 'invalid' })('engine-dns')?.applies).toBe('unknown');
  });

  it('find nothing wrong with containers that are given the filter itself as their resolver', () => {
    const daemon = (dns: string[]) => ({ daemon: { dns, mirrors: [] } });
    expect(on(daemon(['10.200.0.3']))('engine-dns')?.applies).toBe('no');
    expect(on(daemon(['10.200.0.3', '9.9.9.9']))('engine-dns')?.details).toEqual(['9.9.9.9']);
    expect(on(daemon(['10.200.0.3']), { filterResolvers: null })('engine-dns')?.applies).toBe('unknown');
  });

  it.each([
    ['4.19.104', ['yes', 'no', 'no']],
    ['5.10.102.1', ['no', 'yes', 'no']],
    ['5.15.167.4-microsoft-standard-WSL2', ['no', 'no', 'yes']],
    [null, ['unknown', 'unknown', 'unknown']],
  ])('tell the three bands of the WSL kernel: %s', (kernel, applies) => {
    const caveat = on({ wsl: { kernel, foundBy: 'wsl.exe --version', distributions: ['Ubuntu'] } });
    const codes = ['wsl-kernel-old', 'wsl-distributions', 'wsl-kernel-new'] as const;
    expect(codes.map((code) => caveat(code)?.applies)).toEqual(applies);
    if (kernel !== null) expect(caveat('wsl-distributions')?.details).toEqual([kernel, 'Ubuntu']);
  });

  it('know Windows containers, and Hyper-V among them, from the engine itself', () => {
    const process = on({ engine: { ...linux, OSType: 'windows', Isolation: 'process' } }, { platform: 'win32' });
    expect([process('windows-containers')?.applies, process('hyperv-containers')?.applies]).toEqual(['yes', 'no']);
    const hyperv = on({ engine: { ...linux, OSType: 'windows', Isolation: 'hyperv' } }, { platform: 'win32' });
    expect(hyperv('hyperv-containers')?.applies).toBe('yes');
    expect(on({ engine: null }, { platform: 'win32' })('windows-containers')?.applies).toBe('unknown');
    expect(on({ engine: null })('windows-containers')?.applies).toBe('no');
  });

  it('name what limits the containers of WSL itself, which no filter of ours does', () => {
    const wsl = (wslContainers: MachineFacts['wslContainers'], platform: NodeJS.Platform = 'win32') =>
      on({ wslContainers }, { platform })('wsl-containers');
    expect(wsl({ kind: 'open' })).toMatchObject({ applies: 'yes', details: [] });
    expect(wsl({ kind: 'listed', registries: ['ghcr.io'] })).toMatchObject({ applies: 'yes', details: ['ghcr.io'] });
    expect(wsl({ kind: 'forbidden' })).toMatchObject({ applies: 'no', foundBy: 'AllowWSLContainer' });
    expect(wsl(null)).toMatchObject({ applies: 'unknown' });
    expect(wsl(null, 'linux')).toMatchObject({ applies: 'no' });
  });

  it('show so many details and count the others', () => {
    const builders = Array.from({ length: 25 }, (_, index) => ({ name: `b${index}`, driver: 'kubernetes' }));
    const details = on({ builders })('other-builders')?.details ?? [];
    expect(details).toHaveLength(11);
    expect(details.at(-1)).toBe('+ 15');
  });
});
