import { describe, expect, it } from 'vitest';
import { attachedEngine, isBehindWall, wasCutOff } from '../../../../main/agent/engines/attached-engine.ts';
import { followEngine, placeOf } from '../../../../main/agent/engines/create-engine.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import type { AuditFinding, FoundEngine } from '../../../../shared/schemas/attachment.ts';
import type { AttachmentStatus } from '../../../../shared/schemas/control-schema.ts';

const docker: FoundEngine = {
  ...{ id: 'docker', name: 'Docker Engine', version: '20.10.24', running: true, hold: 'wall' },
  ...{ socket: 'unix:///run/docker.sock', command: null },
};
const podman: FoundEngine = {
  ...{ id: 'podman', name: 'Podman', version: '4.3.1', running: true, hold: 'guard-rail' },
  ...{ socket: 'unix:///run/podman/podman.sock', command: null },
};
const unknown: AttachmentStatus = { kind: 'unknown', problem: problem('attachment-audit-missing') };
const audited = (engines: FoundEngine[], findings: AuditFinding[] = []): AttachmentStatus => ({
  ...{ kind: 'audited', at: 0 },
  ...{ engines, findings },
});
const finding = (severity: AuditFinding['severity'], engine: AuditFinding['engine']): AuditFinding => ({
  ...{ severity, engine },
  problem: problem('attachment-wall-gone'),
});

describe('the engine that is asked where nobody says which', () => {
  it.each<[string, AttachmentStatus | null, string | undefined]>([
    ['nothing is attached', null, undefined],
    ['it is not known', unknown, undefined],
    ['one is attached', audited([docker]), 'docker'],
    ['one has no socket', audited([{ ...docker, id: 'containerd', socket: null }, podman]), 'podman'],
    ['one is found and not attached', audited([{ ...docker, hold: 'nothing' }, podman]), 'podman'],
    ['one is held by a wall', audited([podman, docker]), 'docker'],
    ['the one with a wall does not run', audited([{ ...docker, running: false }, podman]), 'podman'],
    [
      'none runs',
      audited([
        { ...podman, running: false },
        { ...docker, running: false },
      ]),
      'docker',
    ],
    ['its socket is none', audited([{ ...docker, socket: 'tcp://10.0.0.1:2375' }]), undefined],
  ])('%s', (_, attachment, id) => {
    expect(attachedEngine(attachment)?.id).toBe(id);
  });

  it('is named first by the administrator, then by the configuration, then by the audit', () => {
    const linux = { kind: 'linux', name: 'Docker Engine' } as const;
    const mine = { ...linux, socket: 'unix:///mine.sock' };
    const place = (
      config: Parameters<typeof placeOf>[0],
      managed: string | undefined,
      found: AttachmentStatus | null,
    ) => placeOf(config, managed, found, 'linux');
    expect(place(mine, 'unix:///theirs.sock', audited([podman]))).toMatchObject({ socket: 'unix:///theirs.sock' });
    expect(place(mine, undefined, audited([podman]))).toEqual(mine);
    expect(place(linux, undefined, audited([podman]))).toEqual({
      ...{ kind: 'linux', name: 'Podman', socket: 'unix:///run/podman/podman.sock' },
    });
    expect(place(linux, undefined, null)).toEqual({ ...linux, socket: 'unix:///var/run/docker.sock' });
    expect(placeOf(linux, undefined, null, 'win32')).toMatchObject({ socket: 'npipe:////./pipe/docker_engine' });
    expect(place({ kind: 'demo' }, 'unix:///theirs.sock', audited([podman]))).toEqual({ kind: 'demo' });
  });

  it('stays the same while the gateway is away or the audit is missing, and follows what is attached', () => {
    let attachment: AttachmentStatus | null | undefined;
    const engine = followEngine({ kind: 'linux', name: 'Docker Engine' }, () => undefined, 'linux', {
      ...{ gatewayListeners: () => null, attachment: () => attachment, randomId: () => 1 },
    });
    const usual = engine();
    expect(usual.description.socket).toBe('unix:///var/run/docker.sock');
    attachment = audited([podman]);
    const attached = engine();
    expect(attached.description).toMatchObject({ name: 'Podman', socket: 'unix:///run/podman/podman.sock' });
    for (attachment of [undefined, unknown, audited([podman], [finding('open', null)])])
      expect(engine()).toBe(attached);
    attachment = null;
    expect(engine().description.socket).toBe('unix:///var/run/docker.sock');
  });
});

describe('an engine behind the network wall', () => {
  it.each<[string, AttachmentStatus | null, boolean]>([
    ['is one that the audit names so', audited([docker, podman]), true],
    ['is none without an attachment', null, false],
    ['is none where the audit is missing', unknown, false],
    ['is none with a guard rail', audited([{ ...docker, hold: 'guard-rail' }]), false],
    ['is none at another socket', audited([{ ...docker, socket: 'unix:///run/other.sock' }]), false],
    ['is none with a way past', audited([docker], [finding('open', 'docker')]), false],
    ['is none on a machine with a way past', audited([docker], [finding('open', null)]), false],
    ['is one where another engine has a way past', audited([docker], [finding('open', 'podman')]), true],
    ['is one where something is only not as it was', audited([docker], [finding('weakened', 'docker')]), true],
  ])('%s', (_, attachment, expected) => {
    expect(isBehindWall(attachment, 'unix:///var/run/docker.sock')).toBe(expected);
  });

  const gateway = ['10.200.0.1', 'fd00::1'];
  const lookup = 'Get "https://x/v2/": dial tcp: lookup x on 8.8.8.8:53';
  it.each<[string, string, boolean]>([
    ['an address', 'Get "https://x/v2/": dial tcp 93.184.216.34:443: connect: no route to host', true],
    ['an IPv6 address', 'Get "https://x/v2/": dial tcp [2001:db8::1]:443: connect: permission denied', true],
    ['another proxy', 'proxyconnect tcp: dial tcp 10.0.0.9:3128: connect: operation not permitted', true],
    ['another resolver, when asked', `${lookup}: read udp 10.0.0.2:48532->8.8.8.8:53: read: no route to host`, true],
    ['another resolver, asking', `${lookup}: write udp 10.0.0.2:4->8.8.8.8:53: write: operation not permitted`, true],
    ['another resolver, connecting', `${lookup}: dial udp 8.8.8.8:53: connect: operation not permitted`, true],
    ['the gateway’s proxy', 'proxyconnect tcp: dial tcp 10.200.0.1:3128: connect: no route to host', false],
    ['the gateway over IPv6', 'proxyconnect tcp: dial tcp [fd00::1]:3128: connect: permission denied', false],
    ['a port that is closed', 'dial tcp 93.184.216.34:443: connect: connection refused', false],
    ['no network', 'dial tcp 93.184.216.34:443: connect: network is unreachable', false],
    ['a socket of the machine', 'dial unix /run/containerd.sock: connect: permission denied', false],
    ['silence', 'dial tcp 93.184.216.34:443: i/o timeout', false],
    ['a sentence that says so', 'no route to host, says the proxy', false],
  ])('cut off from %s', (_, message, expected) => {
    expect(wasCutOff(message, gateway)).toBe(expected);
  });
});
