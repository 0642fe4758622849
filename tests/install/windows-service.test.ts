import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { waitFor } from '../support/background-process.ts';
import { ask } from '../support/dns-client.ts';
import { writeGatewayConfig } from '../support/install/windows-machine.ts';
import { startWine, type Wine } from '../support/install/wine.ts';

// The built program as a Windows service, in Wine: what Wine cannot show is in docs/install-windows.md.
let folder: string;
let wine: Wine;
let program: string;
const PROGRAM = 'C:\\Program Files\\Portcullis\\portcullis.exe';
const CONFIG = 'C:\\ProgramData\\Portcullis\\gateway.json';
const SC = 'C:\\windows\\system32\\sc.exe';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wine-'));
  wine = await startWine(folder);
  program = join(wine.disk, 'Program Files', 'Portcullis');
  await mkdir(program);
  const built = join(inject('built'), 'program', 'win32-x64');
  await wine.copyProgram(join(built, 'portcullis.exe'), join(program, 'portcullis.exe'));
  await cp(join(built, 'koffi.node'), join(program, 'koffi.node'));
  await mkdir(join(wine.disk, 'ProgramData', 'Portcullis'));
  await createService();
});
afterAll(async () => {
  await wine?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const here = (...parts: string[]) => join(wine.disk, 'ProgramData', 'Portcullis', ...parts);

const configure = (more?: Record<string, unknown>) => writeGatewayConfig(here('gateway.json'), more);

async function createService(): Promise<void> {
  const command = `\\"${PROGRAM}\\" gateway run --service --config ${CONFIG}`;
  const created = await wine.run(`${SC} create PortcullisGateway binpath= "${command}"`);
  expect(created).toMatchObject({ code: 0 });
}

async function state(): Promise<{ state: string; exitCode: number; ownCode: number }> {
  const { output } = await wine.run(`${SC} query PortcullisGateway`);
  const [, name = ''] = /STATE\s+: \d+\s+(\w+)/.exec(output) ?? [];
  const [, exitCode] = /WIN32_EXIT_CODE\s+: (\d+)/.exec(output) ?? [];
  const [, ownCode] = /SERVICE_EXIT_CODE\s+: (\d+)/.exec(output) ?? [];
  return { state: name, exitCode: Number(exitCode), ownCode: Number(ownCode) };
}

const reached = (wanted: string) =>
  waitFor(`the service to be ${wanted}`, async () => (await state()).state === wanted);

describe('the Windows service', () => {
  it('is the built program', async () => {
    expect(await wine.run(`"${PROGRAM}" --version`)).toEqual({ code: 0, output: `${manifest.version}\n` });
  });

  it('runs once it listens, answers over UDP by the policies in the registry, and stops', async () => {
    const port = await configure();
    const key = 'HKLM\\SOFTWARE\\Policies\\Docker\\Docker Desktop';
    const add = `C:\\windows\\system32\\reg.exe add "${key}" /v allowedOrgs /t REG_MULTI_SZ /d acme /f`;
    expect(await wine.run(add)).toMatchObject({ code: 0 });
    await wine.run(`${SC} start PortcullisGateway`);
    await reached('RUNNING');
    expect(await ask(`127.0.0.1:${port}`, 'gcr.io')).toMatchObject({ rcode: 'NXDOMAIN' });

    const { code, output } = await wine.run(`"${PROGRAM}" gateway status --json`);
    expect(code, output).toBe(0);
    const status = JSON.parse(output);
    expect(status.managed).toMatchObject({ verdict: 'present', allowedOrgs: ['acme'], trial: false });
    await wine.run(`${SC} stop PortcullisGateway`);
    await reached('STOPPED');
    expect(await state()).toEqual({ state: 'STOPPED', exitCode: 0, ownCode: 0 });
    expect(await wine.run(`"${PROGRAM}" gateway status`)).toMatchObject({
      code: 1,
      output: expect.stringContaining('sc start PortcullisGateway'),
    });
    expect(await readFile(here('gateway', 'gateway.log'), 'utf8')).toContain('stop requested');
  });

  it('keeps its state in a folder that others cannot open', async () => {
    const { mode } = await stat(here('gateway'));
    expect(mode & 0o007).toBe(0);
  });

  it.each([
    ['a configuration that cannot be read', async () => void (await writeFile(here('gateway.json'), '{'))],
    ['a configuration that others can change', async () => chmod(here('gateway.json'), 0o666)],
    ['a state folder that others can change', async () => chmod(here('gateway'), 0o777)],
    ['a file in it that others can change', async () => chmod(here('gateway', 'state.json'), 0o666)],
  ])('does not run with %s, and says so with an exit code', async (_, harm) => {
    await configure();
    await rm(here('gateway'), { recursive: true, force: true });
    await mkdir(here('gateway'));
    await writeFile(here('gateway', 'state.json'), '');
    await chmod(here('gateway', 'state.json'), 0o600);
    await chmod(here('gateway'), 0o700);
    await harm();
    await wine.run(`${SC} start PortcullisGateway`);
    await waitFor('the service to fail', async () => (await state()).exitCode === 1066);
    expect(await state()).toEqual({ state: 'STOPPED', exitCode: 1066, ownCode: 1 });
  });

  it('is nothing that a user can start by hand', async () => {
    await configure();
    const { code, output } = await wine.run(`"${PROGRAM}" gateway run --service --config ${CONFIG}`);
    expect(code).toBe(1);
    expect(output).toContain('not-a-service');
  });
});
