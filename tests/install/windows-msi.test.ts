import { existsSync, readdirSync } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { buildMsi } from '../../build/windows/msi.ts';
import { ask } from '../support/dns-client.ts';
import { msiForWine, programForWine, tableOf } from '../support/install/msi-for-wine.ts';
import {
  DOCKER,
  OURS,
  PROGRAM,
  SYSTEM32,
  type WindowsMachine,
  windowsMachine,
} from '../support/install/windows-machine.ts';
import { startWine, type Wine } from '../support/install/wine.ts';
import { createPolicySigner } from '../support/policy-signer.ts';

// The package for Windows Installer, in Wine: what Wine cannot show is in docs/install-windows.md.
let folder: string;
let wine: Wine;
let machine: WindowsMachine;
let built: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'msi-'));
  built = join(inject('built'), 'program', 'win32-x64');
  const program = join(folder, 'program');
  programForWine(built, program);
  wine = await startWine(folder);
  machine = windowsMachine(wine);
  await msiForWine(program, join(wine.disk, 'old.msi'), '1.0.0', true);
  await msiForWine(program, join(wine.disk, 'new.msi'), '1.1.0');
});
afterAll(async () => {
  await wine?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const msiexec = (words: string) => wine.run(`${SYSTEM32}\\msiexec.exe ${words} /qn /L*V C:\\msi.log`);
const install = (name: string, properties = '') => msiexec(`/i C:\\${name}.msi ${properties}`);

/** What an installation leaves on a machine. */
async function traces(): Promise<unknown> {
  return {
    program: existsSync(join(wine.disk, 'Program Files', 'Portcullis')),
    data: existsSync(machine.data('Portcullis')) ? readdirSync(machine.data('Portcullis')) : null,
    attached: existsSync(machine.data('DockerDesktop', 'admin-settings.json')),
    docker: await machine.values(DOCKER),
    ours: await machine.values(OURS),
    version: await machine.values('HKLM\\SOFTWARE\\Portcullis'),
    service: await machine.service(),
    listed: await listed(),
  };
}
const NOTHING = {
  ...{ program: false, data: ['gateway.json'], attached: false },
  ...{ docker: null, ours: null, version: null, service: null, listed: [] },
};

/** The names below "Apps" that are ours. */
async function listed(): Promise<string[]> {
  const key = 'HKLM\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall';
  const { output } = await wine.run(`${SYSTEM32}\\reg.exe query ${key} /s /v DisplayVersion`);
  return [...output.matchAll(/DisplayVersion {4}REG_SZ {4}(\S+)/g)].map(([, version = '']) => version);
}

async function keysFile(organizations = ['acme', 'globex']): Promise<string> {
  const { publicKey } = await createPolicySigner(organizations, 'k1');
  const file = join(wine.disk, 'keys.json');
  await writeFile(file, JSON.stringify({ keys: [publicKey] }));
  await chmod(file, 0o644);
  return 'C:\\keys.json';
}

async function adminSettings(text: string): Promise<void> {
  await mkdir(machine.data('DockerDesktop'), { recursive: true });
  await writeFile(machine.data('DockerDesktop', 'admin-settings.json'), text);
  await chmod(machine.data('DockerDesktop', 'admin-settings.json'), 0o644);
}

/** As a user makes it before there is an installation. */
async function openFolder(): Promise<void> {
  await mkdir(machine.data('Portcullis'));
  await writeFile(machine.data('Portcullis', 'portcullis.json'), '{}');
  await chmod(machine.data('Portcullis', 'portcullis.json'), 0o666);
}

describe('the package', () => {
  it('says what Windows is to do with the service, and who may set what', async () => {
    const msi = join(folder, 'as-built.msi');
    buildMsi(built, msi, { version: '1.2.3', manufacturer: 'A & B' });
    const properties = await tableOf(msi, 'Property');
    expect(properties.get('UpgradeCode')).toEqual(['{7028E22B-C5FA-594B-9243-C63C7857213B}']);
    expect(properties.get('ProductVersion')).toEqual(['1.2.3']);
    expect(properties.get('Manufacturer')).toEqual(['A & B']);
    // It never restarts a machine, and says so by 3010.
    expect(properties.get('REBOOT')).toEqual(['ReallySuppress']);
    expect(properties.get('SecureCustomProperties')?.[0]?.split(';')).toEqual(
      expect.arrayContaining(['WIX_UPGRADE_DETECTED', 'ALLOWEDORG', 'HUB', 'POLICYKEYSFILE', 'ATTACH']),
    );
    const [service] = (await tableOf(msi, 'ServiceInstall')).values();
    expect(service).toEqual(
      expect.arrayContaining([
        ...['PortcullisGateway', 'NT SERVICE\\PortcullisGateway'],
        'gateway run --service --config "[CommonAppDataFolder]Portcullis\\gateway.json"',
      ]),
    );
    const [failures] = (await tableOf(msi, 'MsiServiceConfigFailureActions')).values();
    expect(failures).toEqual(expect.arrayContaining(['3600', '1[~]1[~]1', '1000[~]5000[~]30000']));
    const sequence = await tableOf(msi, 'InstallExecuteSequence');
    expect(sequence.get('SetupApply')).toEqual(['NOT Installed', '5790']);
    expect(sequence.get('SetupRollBack')).toEqual(['NOT Installed', '5780']);
    expect(sequence.get('SetupVerify')).toEqual(['NOT REMOVE', '5950']);
    expect(sequence.get('SetupRemove')).toEqual(['REMOVE="ALL" AND NOT UPGRADINGPRODUCTCODE', '3400']);
    expect(sequence.get('RemoveExistingProducts')).toEqual(['', '1501']);
    const actions = await tableOf(msi, 'CustomAction');
    // Deferred, as the system, and checked; the two for rollback and commit are not.
    for (const name of ['SetupApply', 'SetupVerify', 'SetupRemove']) expect(actions.get(name)?.[0]).toBe('3090');
    expect(actions.get('SetupRollBack')?.[0]).toBe('3410');
    expect(actions.get('SetupCommit')?.[0]).toBe('3666');
  });
});

describe('an installation that cannot do all that was asked for', () => {
  beforeEach(async () => {
    await machine.configure();
    await keysFile();
    await rm(machine.data('DockerDesktop'), { recursive: true, force: true });
  });

  it.each<[string, string, () => Promise<unknown>, string]>([
    ['an organization that cannot be', 'ALLOWEDORG="acme corp"', async () => null, 'organization-invalid'],
    ['a key file that is not there', 'ALLOWEDORG=acme POLICYKEYSFILE=C:\\none.json', async () => null, 'keys-file'],
    [
      'an attachment that cannot be written',
      'ALLOWEDORG=acme ATTACH=docker-desktop',
      () => adminSettings('[]'),
      'setup-admin-settings',
    ],
    [
      'a service that does not start',
      `ALLOWEDORG=acme POLICYKEYSFILE=C:\\keys.json ATTACH=docker-desktop`,
      () => writeFile(machine.data('Portcullis', 'gateway.json'), '{'),
      'setup-not-running',
    ],
  ])('%s: it fails, says why, and leaves nothing', async (_, properties, harm, code) => {
    await harm();
    const before = await traces();
    const { code: exitCode, output } = await install('new', properties);
    // Windows Installer says 1603 for any of these; Wine passes on its own number for a step that failed.
    expect([1603, 1627]).toContain(exitCode);
    expect(output).toContain(code);
    expect(await traces()).toEqual(before);
  });

  it('for one user only: it is refused', async () => {
    expect(await install('new', 'ALLUSERS=""')).toMatchObject({ code: 1603 });
    expect(await traces()).toEqual(NOTHING);
  });
});

/** The step of our own program, called as the package calls it. */
describe('the step that writes what was asked for', () => {
  const SETUP = 'C:\\setup\\portcullis.exe';
  beforeAll(async () => {
    await cp(join(folder, 'program'), join(wine.disk, 'setup'), { recursive: true });
    await keysFile();
  });
  beforeEach(async () => {
    await rm(machine.data('Portcullis'), { recursive: true, force: true });
    await rm(machine.data('DockerDesktop'), { recursive: true, force: true });
  });

  const apply = (options: Record<string, string>) => {
    const given = { ...EMPTY, ...options };
    const words = Object.entries(given).map(([name, value]) => `--${name} "${value}"`);
    return wine.run(`${SETUP} setup apply ${words.join(' ')}`);
  };
  const EMPTY = {
    ...{ 'allowed-org': '', hub: '', issuer: '', 'client-id': '', 'policy-keys-file': '' },
    ...{ 'support-contact': '', autostart: '', attach: '' },
  };

  it.each<[string, Record<string, string>, () => Promise<unknown>, string]>([
    ['an option in a value', { 'allowed-org': 'a" --evil "b' }, async () => null, 'error: '],
    ['no organization among separators', { 'allowed-org': ' ; ' }, async () => null, 'setup-property'],
    [
      'a name that the registry does not give back',
      { 'allowed-org': 'g\u00e9rard' },
      async () => null,
      'organization-',
    ],
    ['a hub that is no address', { 'allowed-org': 'acme', hub: 'hub.example' }, async () => null, 'setting-'],
    ['a switch that is none', { autostart: 'maybe' }, async () => null, 'setup-property'],
    ['an attachment that is none', { attach: 'yes' }, async () => null, 'setup-property'],
    [
      'a key file that users can change',
      { 'allowed-org': 'acme', 'policy-keys-file': 'C:\\keys.json' },
      async () => chmod(join(wine.disk, 'keys.json'), 0o666),
      'writable-by-others',
    ],
    [
      'a key file in a folder where users can exchange it',
      { 'allowed-org': 'acme', 'policy-keys-file': 'C:\\open\\keys.json' },
      async () => {
        await mkdir(join(wine.disk, 'open'));
        await cp(join(wine.disk, 'keys.json'), join(wine.disk, 'open', 'keys.json'));
        await chmod(join(wine.disk, 'open'), 0o777);
      },
      'writable-by-others',
    ],
    [
      'a key file without keys for one of the organizations',
      { 'allowed-org': 'acme;third', 'policy-keys-file': 'C:\\keys.json' },
      () => keysFile(),
      'policy-keys-missing',
    ],
    [
      'a policy that is not read back as asked for',
      { 'allowed-org': 'acme', hub: 'https://hub.example' },
      () => wine.run(`${SYSTEM32}\\reg.exe add ${OURS} /v refreshMinutes /t REG_SZ /d never /f`),
      'setting-',
    ],
    ['a folder that users can change', { 'allowed-org': 'acme' }, openFolder, 'writable-by-others'],
  ])('%s: nothing is written', async (_, options, harm, code) => {
    await harm();
    const before = await traces();
    const { code: exitCode, output } = await apply(options);
    expect(exitCode).not.toBe(0);
    expect(output).toContain(code);
    expect(await traces()).toEqual(before);
    await wine.run(`${SYSTEM32}\\reg.exe delete ${OURS} /f`);
  });

  it('undoes only what it has written itself: not what a user left for it', async () => {
    await mkdir(machine.data('Portcullis'));
    const evil = [{ kind: 'file', path: 'C:\\evil.txt', before: 'ZXZpbA==', after: null }];
    await writeFile(machine.data('Portcullis', 'setup-undo.json'), JSON.stringify(evil));
    await chmod(machine.data('Portcullis', 'setup-undo.json'), 0o666);
    expect(await wine.run(`${SETUP} setup roll-back`)).toMatchObject({ code: 1 });
    expect(existsSync(join(wine.disk, 'evil.txt'))).toBe(false);
    // And it does work where it is ours.
    await chmod(machine.data('Portcullis', 'setup-undo.json'), 0o644);
    expect(await wine.run(`${SETUP} setup roll-back`)).toMatchObject({ code: 0 });
    expect(await readFile(join(wine.disk, 'evil.txt'), 'utf8')).toBe('evil');
  });

  it('writes a configuration for the gateway where there is none', async () => {
    expect(await apply({ 'allowed-org': 'acme' })).toEqual({ code: 0, output: '' });
    const config = JSON.parse(await readFile(machine.data('Portcullis', 'gateway.json'), 'utf8'));
    expect(config).toMatchObject({
      stateDir: 'C:\\ProgramData\\Portcullis\\gateway',
      control: '\\\\.\\pipe\\portcullis-gateway',
      dns: { engine: ['127.0.0.1:5301'] },
      managedConfig: 'system',
    });
    expect(await wine.run(`${SETUP} setup roll-back`)).toEqual({ code: 0, output: '' });
    expect(existsSync(machine.data('Portcullis'))).toBe(false);
    expect(await machine.values(DOCKER)).toBeNull();
  });
});

describe('an installation', () => {
  let port: number;

  it('ends with policies, key, service and attachment as asked for', async () => {
    port = await machine.configure();
    const theirs = { configurationFileVersion: 2, exposeDockerAPIOnTCP2375: { locked: true, value: false } };
    await adminSettings(JSON.stringify(theirs));
    const properties = [
      ...['ALLOWEDORG="acme;globex"', 'HUB=https://hub.example', 'ISSUER=https://id.example', 'CLIENTID=portcullis'],
      ...[
        `POLICYKEYSFILE=${await keysFile()}`,
        'SUPPORTCONTACT="IT desk"',
        'AUTOSTART=0',
        'ATTACH=docker-desktop',
        'NOLAUNCH=1',
      ],
    ];
    const { code, output } = await install('old', properties.join(' '));
    expect(code, output).toBe(0);
    expect(await machine.values(DOCKER)).toEqual({ allowedOrgs: 'REG_MULTI_SZ acme\\0globex' });
    expect(await machine.values(OURS)).toEqual({
      hub: 'REG_SZ https://hub.example',
      issuer: 'REG_SZ https://id.example',
      clientId: 'REG_SZ portcullis',
      supportContact: 'REG_SZ IT desk',
      startAtLogin: 'REG_DWORD 0x0',
      policyKeys: expect.stringContaining('"kid":"k1"'),
    });
    expect(await machine.values('HKLM\\SOFTWARE\\Portcullis')).toMatchObject({ Version: 'REG_SZ 1.0.0' });
    expect(await machine.service()).toMatchObject({ state: 'RUNNING' });
    expect(await ask(`127.0.0.1:${port}`, 'gcr.io')).toMatchObject({ rcode: 'NXDOMAIN' });
    expect(JSON.parse(await readFile(machine.data('DockerDesktop', 'admin-settings.json'), 'utf8'))).toEqual({
      ...theirs,
      proxy: expect.objectContaining({ locked: true, http: 'http://127.0.0.1:3128' }),
    });
    const status = await wine.run(`"${PROGRAM}" gateway status --json`);
    expect(JSON.parse(status.output)).toMatchObject({ keysPinned: true, managed: { allowedOrgs: ['acme', 'globex'] } });
    expect(await listed()).toEqual(['1.0.0']);
  });

  it('is upgraded without properties, and keeps every policy', async () => {
    const before = [await machine.values(DOCKER), await machine.values(OURS)];
    const { code, output } = await install('new');
    expect(code, output).toBe(0);
    expect([await machine.values(DOCKER), await machine.values(OURS)]).toEqual(before);
    expect(await machine.values('HKLM\\SOFTWARE\\Portcullis')).toMatchObject({ Version: 'REG_SZ 1.1.0' });
    expect(await listed()).toEqual(['1.1.0']);
    expect(await machine.service()).toMatchObject({ state: 'RUNNING' });
    expect(await ask(`127.0.0.1:${port}`, 'gcr.io')).toMatchObject({ rcode: 'NXDOMAIN' });
  });

  it('is not replaced by an older version', async () => {
    expect(await install('old')).toMatchObject({ code: 1603 });
    expect(await listed()).toEqual(['1.1.0']);
    expect(await machine.service()).toMatchObject({ state: 'RUNNING' });
  });

  it('is repaired, and whoever repairs it sets no policy', async () => {
    const before = [await machine.values(DOCKER), await machine.values(OURS)];
    await rm(join(wine.disk, 'Program Files', 'Portcullis', 'licenses.md'));
    const repair = 'REINSTALL=ALL REINSTALLMODE=amus ALLOWEDORG=evil HUB=https://evil.example';
    expect(await install('new', repair)).toMatchObject({ code: 0 });
    expect(existsSync(join(wine.disk, 'Program Files', 'Portcullis', 'licenses.md'))).toBe(true);
    expect([await machine.values(DOCKER), await machine.values(OURS)]).toEqual(before);
    expect(await machine.service()).toMatchObject({ state: 'RUNNING' });
  });

  it('is removed, with what it wrote; what an administrator put there or changed since stays', async () => {
    await wine.run(`${SYSTEM32}\\reg.exe add ${OURS} /v hub /t REG_SZ /d https://other.example /f`);
    await cp(join(wine.disk, 'keys.json'), machine.data('Portcullis', 'portcullis.json.old'));
    expect(await msiexec('/x C:\\new.msi')).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(machine.data('DockerDesktop', 'admin-settings.json'), 'utf8'))).not.toHaveProperty(
      'proxy',
    );
    expect(await traces()).toEqual({
      ...NOTHING,
      attached: true,
      data: ['gateway.json', 'portcullis.json.old'],
      ours: { hub: 'REG_SZ https://other.example' },
    });
  });
});
