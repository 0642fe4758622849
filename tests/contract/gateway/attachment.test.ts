import { execFile } from 'node:child_process';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { AttachmentAudit } from '../../../shared/schemas/attachment.ts';
import { CLI } from '../../support/command-line.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

const isRoot = process.platform === 'linux' && process.geteuid?.() === 0;

const audit: AttachmentAudit = {
  ...{ probes: [], probedGateway: null },
  version: 1,
  at: Date.UTC(2026, 10, 28),
  engines: [
    {
      ...{ id: 'docker', name: 'Docker Engine', version: '20.10.24', running: true, hold: 'wall' },
      ...{ socket: 'unix:///run/docker.sock', command: null },
    },
  ],
  findings: [],
};

let gateway: TestGateway;
afterEach(() => gateway.stop());

/** As root's audit writes it: replaced by renaming, readable by everyone. */
async function write(name: 'attachment.json' | 'audit.json', content: string): Promise<void> {
  const folder = join(gateway.managedFolder, 'attachment');
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await writeFile(join(folder, 'new'), content, { mode: 0o644 });
  await rename(join(folder, 'new'), join(folder, name));
}

describe.each(isRoot ? [{}, { user: 'nobody' }] : [{}])('a gateway with %o', (config) => {
  it('tells what root’s audit found of the attached engines, and tells of each change', async () => {
    gateway = await startGateway({ config });
    expect((await gateway.status()).attachment).toBeNull();
    const listener = await gateway.openControl();
    let told = 0;
    listener.on('generation', () => {
      told += 1;
    });
    await listener.call('subscribe', {});
    let heard = 0;
    const becomes = async (expected: object | null): Promise<void> => {
      const attachment = expect.poll(async () => (await gateway.status()).attachment, { timeout: 20_000 });
      await (expected === null ? attachment.toBeNull() : attachment.toMatchObject(expected));
      await expect.poll(() => told, { timeout: 20_000 }).toBeGreaterThan(heard);
      heard = told;
    };

    await write('attachment.json', '{}');
    await becomes({ kind: 'unknown', problem: { code: 'attachment-audit-missing' } });
    await write('audit.json', JSON.stringify(audit));
    await becomes({ kind: 'audited', at: audit.at, engines: audit.engines, findings: [] });
    const finding = { severity: 'open', engine: 'docker', problem: problem('engine-not-attached') } as const;
    await write('audit.json', JSON.stringify({ ...audit, findings: [finding] }));
    await becomes({ kind: 'audited', findings: [finding] });
    const command = [CLI, 'gateway', 'status', '--config', gateway.configFile];
    const { stdout: printed } = await promisify(execFile)(process.execPath, command);
    expect(printed).toMatch(/^Attached engines +Docker Engine \(wall\), audited /m);
    expect(printed).toMatch(/^error: The container engine bypasses the filter\./m);
    await write('audit.json', 'x'.repeat(300_000));
    await becomes({ kind: 'unknown', problem: { code: 'attachment-audit-unusable' } });
    await rm(join(gateway.managedFolder, 'attachment'), { recursive: true });
    await becomes(null);
    listener.close();
    expect(gateway.log()).toContain('audit of the attached engines read');
  });
});
