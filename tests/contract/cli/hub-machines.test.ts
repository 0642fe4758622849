import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Machine, MadeCodes } from '../../../shared/schemas/hub/machines.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type ReportingAgent, reportingAgent } from '../../support/machine-client.ts';
import { ownerCommandLine, type Said } from '../../support/owner-command-line.ts';
import { signingGateway } from '../../support/signing-gateway.ts';

let hub: TestHub;
let mia: ReportingAgent;
const folder = mkdtempSync(join(tmpdir(), 'portcullis-owner-'));
const { runIn } = ownerCommandLine(() => hub);
const run = (...args: string[]): Promise<Said> => runIn({ XDG_RUNTIME_DIR: folder }, null, 'machines', ...args);

beforeAll(async () => {
  hub = await startHub();
  mia = reportingAgent(hub, 'acme', await hub.signIn('mia'));
  expect((await runIn({ XDG_RUNTIME_DIR: folder }, 'olivia', 'sign-in')).code).toBe(0);
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await hub.stop();
});

it('an owner lists, enrols, looks at and forgets machines', async () => {
  expect(await run('list')).toMatchObject({ code: 0, stdout: 'No machine matches.\n' });
  let gateway = await signingGateway(hub.url);
  // One that begins with a dash would be taken for an option.
  while (gateway.jkt.startsWith('-')) gateway = await signingGateway(hub.url);
  const short = gateway.jkt.slice(0, 12);
  await mia.report(gateway, { attachment: null });
  expect((await run('list')).stdout).toMatch(
    new RegExp(`^${short}  unverified  mia  .*The key of this machine is not enrolled`),
  );

  const file = join(folder, 'thumbprints.txt');
  writeFileSync(file, `"host-17","${gateway.jkt}"\n\n`);
  expect((await run('enrol', '--file', file)).stdout).toBe('Enrolled 1; 0 were enrolled already.\n');
  expect((await run('enrol', gateway.jkt)).stdout).toBe('Enrolled 0; 1 were enrolled already.\n');
  const shown = await run('show', short);
  expect(shown.stdout).toContain(`Thumbprint    ${gateway.jkt}\nState         not-enforcing\n`);
  expect(shown.stdout).toContain('Not signed    Debian GNU/Linux 12, agent 0.1.0');
  expect(shown.stdout).toContain('No engine is attached to the gateway. [machine-not-attached]');
  expect(shown.stdout).toContain('  Run on the machine: sudo portcullis engine attach');
  const json = JSON.parse((await run('list', '--state', 'not-enforcing', '--json')).stdout);
  expect(Machine.array().parse(json.items)).toMatchObject([{ id: gateway.jkt }]);

  expect((await run('forget', short)).stdout).toContain(`Forgot ${short}.`);
  expect(await run('show', short)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('[machine-unknown]'),
  });
});

it('an owner makes codes, which are printed once or written to a file of their own, and revokes them', async () => {
  const made = await run('codes', 'make', '--count', '2', '--json');
  expect(MadeCodes.parse(JSON.parse(made.stdout)).codes).toHaveLength(2);
  expect(made.stderr).toContain('Shown only this once.');
  const file = join(folder, 'codes.txt');
  const written = await run('codes', 'make', '--hours', '2', '--out', file);
  expect(written.stdout).toBe('');
  expect(readFileSync(file, 'utf8')).toMatch(/^([0-9A-Z]{5}-){4}[0-9A-Z]{5}\n$/);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect((await run('codes', 'show')).stdout).toMatch(/^Unused: 3, the last until .+\. Used: 0\.\n$/);
  expect((await run('codes', 'revoke')).stdout).toBe('All unused codes are void.\n');
  expect((await run('codes', 'show')).stdout).toBe('Unused: 0. Used: 0.\n');
});

it('says what is wrong', async () => {
  expect(await run('enrol', 'x')).toMatchObject({ code: 1, stderr: expect.stringContaining('[thumbprints-invalid]') });
  expect(await run('enrol')).toMatchObject({ code: 2 });
  expect(await run('list', '--state', 'green')).toMatchObject({ code: 2 });
  expect(await run('codes', 'make', '--count', '1001')).toMatchObject({ code: 2 });
});
