import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type Probed, type ProbeTools, probeEngines } from '../../../main/attachment/audit-probes.ts';
import { createMachine } from '../../../main/attachment/machine.ts';
import type { AttachmentRecord } from '../../../main/attachment/record.ts';
import type { FoundEngine } from '../../../shared/schemas/attachment.ts';

const record: AttachmentRecord = {
  ...{ version: 1, at: 0, state: 'attached', local: true, wall: 'nftables', machineDns: false },
  gateway: { engine: [{ host: '10.200.0.1', port: 53 }], workload: [], proxy: { host: '10.200.0.1', port: 3128 } },
  engines: ['docker', 'docker-rootless'],
  ...{ addresses: [], allow: [], program: ['/usr/bin/portcullis'], files: [], folders: [] },
};
const docker: FoundEngine = {
  ...{ id: 'docker', name: 'Docker Engine', version: '20.10.24', running: true, hold: 'wall', command: null },
  socket: 'unix:///run/docker.sock',
};

function playedEngine() {
  const asked: string[] = [];
  let now = 1_000_000;
  let nonces = 0;
  const tools: ProbeTools = {
    randomBytes: (count) => Buffer.alloc(count, ++nonces),
    async ask(socket, path) {
      asked.push(`${socket} ${path}`);
      now += 10;
      return { kind: 'answered', status: 500, body: { message: 'denied' } };
    },
    now: () => now,
  };
  let start = '17 100';
  const machine = createMachine('/nowhere', async () => ({
    ...{ kind: 'exited', code: 0, stdout: Buffer.from(`${start}\n`), stderr: Buffer.from('') },
  }));
  const probe = (before: Probed | null, engines: FoundEngine[] = [docker], of: AttachmentRecord = record) =>
    probeEngines(machine, of, engines, before, tools);
  return {
    ...{ asked, probe },
    pass: (ms: number) => {
      now += ms;
    },
    restartGateway: () => {
      start = '18 200';
    },
  };
}

describe('the probes of the audit', () => {
  it('go through the engine by both ways, each by a name of its own, of which the file has the hash', async () => {
    const { asked, probe } = playedEngine();
    const { probes } = await probe(null);
    expect(asked).toEqual([
      `/run/docker.sock /distribution/n${'01'.repeat(16)}.probe.portcullis.internal/x/json`,
      `/run/docker.sock /distribution/n${'02'.repeat(16)}.direct.probe.portcullis.internal/x/json`,
    ]);
    expect(probes.map(({ hash }) => hash)).toEqual(
      [1, 2].map((byte) => createHash('sha256').update(Buffer.alloc(16, byte).toString('hex')).digest('hex')),
    );
    for (const { from, until } of probes) expect(until).toBeGreaterThan(from);
    expect(JSON.stringify(probes)).not.toContain('01'.repeat(16));
  });

  it('are repeated within the hour, and at once when the gateway was started again', async () => {
    const { asked, probe, pass, restartGateway } = playedEngine();
    const first = await probe(null);
    pass(60_000);
    expect(await probe(first)).toBe(first);
    restartGateway();
    const second = await probe(first);
    expect(second.probes[0]?.hash).not.toBe(first.probes[0]?.hash);
    pass(50 * 60_000);
    await probe(second);
    expect(asked).toHaveLength(6);
  });

  it('are repeated at once when the clock was set back', async () => {
    const { probe, pass, asked } = playedEngine();
    const first = await probe(null);
    pass(-3_600_000);
    await probe(first);
    expect(asked).toHaveLength(4);
  });

  it.each<[string, FoundEngine[]]>([
    ['an engine that does not run', [{ ...docker, running: false }]],
    ['an engine that is not attached', [{ ...docker, hold: 'nothing' }]],
    ['a user’s own engine, which may be any program', [{ ...docker, id: 'docker-rootless', hold: 'guard-rail' }]],
    ['an engine without Docker’s API', [{ ...docker, id: 'containerd', socket: null }]],
  ])('are not sent to %s', async (_, engines) => {
    const { asked, probe } = playedEngine();
    expect((await probe(null, engines)).probes).toEqual([]);
    expect(asked).toEqual([]);
  });

  it('go by the proxy alone where the wall leads no questions to the gateway', async () => {
    const { asked, probe } = playedEngine();
    await probe(null, [docker], { ...record, wall: 'systemd' });
    expect(asked).toHaveLength(1);
  });
});
