import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { packWindows } from '../../build/windows/build-windows.ts';
import { buildExe } from '../../build/windows/exe.ts';
import { signingCertificate } from '../../build/windows/sign.ts';
import { msiForWine, programForWine } from '../support/install/msi-for-wine.ts';
import { DOCKER, OURS, type WindowsMachine, windowsMachine } from '../support/install/windows-machine.ts';
import { startWine, type Wine } from '../support/install/wine.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'exe-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const built = () => join(inject('built'), 'program', 'win32-x64');

// In Wine: what Wine cannot show is in docs/install-windows.md.
describe('the installer with Docker Desktop’s options', () => {
  let wine: Wine;
  let machine: WindowsMachine;
  beforeAll(async () => {
    const program = join(folder, 'program');
    programForWine(built(), program);
    wine = await startWine(folder);
    machine = windowsMachine(wine);
    const msi = join(folder, 'portcullis.msi');
    await msiForWine(program, msi, '1.0.0');
    buildExe(msi, join(wine.disk, 'PortcullisInstaller.exe'), { version: '1.0.0', manufacturer: 'A test' });
    await machine.configure();
  });
  afterAll(() => wine?.[Symbol.asyncDispose]());

  const setup = (words: string) => wine.run(`C:\\PortcullisInstaller.exe ${words}`);
  const installed = () => existsSync(join(wine.disk, 'Program Files', 'Portcullis'));

  it.each([
    ['install --quiet --allowed-org=acme', '--accept-license'],
    ['install --quiet --accept-license --user --allowed-org=acme', '--user sets no policies'],
    ['install --quiet --accept-license --user', 'Leave out --user'],
    ['install --quiet --accept-license --allowed-orgs=acme', 'no option --allowed-orgs=acme'],
    ['install --quiet --accept-license acme', 'no option acme'],
    ['--quiet --accept-license', 'install or uninstall'],
  ])('refuses: %s', async (words, why) => {
    expect(await setup(words)).toMatchObject({ code: 87, output: expect.stringContaining(why) });
    expect(installed()).toBe(false);
  });

  it('fails where Windows Installer fails, and leaves nothing', async () => {
    const { code, output } = await setup('install --quiet --accept-license "--allowed-org=acme corp"');
    expect([1603, 1627]).toContain(code);
    expect(output).toContain('organization-invalid');
    expect(installed()).toBe(false);
    expect(await machine.values(DOCKER)).toBeNull();
  });

  it('installs with what it was given, whole', async () => {
    const options =
      '--allowed-org="my-org;globex" --hub=https://hub.example/a-b --support-contact="IT desk" --log=C:\\setup.log';
    const { code, output } = await setup(`install --quiet --accept-license ${options}`);
    expect(code, output).toBe(0);
    expect(await machine.values(DOCKER)).toEqual({ allowedOrgs: 'REG_MULTI_SZ my-org\\0globex' });
    expect(await machine.values(OURS)).toEqual({
      hub: 'REG_SZ https://hub.example/a-b',
      supportContact: 'REG_SZ IT desk',
    });
    expect(await machine.service()).toMatchObject({ state: 'RUNNING' });
    expect(existsSync(join(wine.disk, 'setup.log'))).toBe(true);
    // What it unpacked is gone.
    expect(existsSync(join(wine.disk, 'Program Files', 'Portcullis Setup'))).toBe(false);
  });

  it('uninstalls, and says where there is nothing to uninstall', async () => {
    expect(await setup('uninstall --quiet')).toMatchObject({ code: 0 });
    expect(installed()).toBe(false);
    expect(await machine.values(DOCKER)).toBeNull();
    expect(await machine.service()).toBeNull();
    expect(await setup('uninstall --quiet')).toMatchObject({ code: 1605 });
  });
});

describe('signing', () => {
  const described = { version: '1.0.0', manufacturer: 'A test' };

  /** A certificate of the test's own, as a release is given one: by files that the environment names. */
  async function testCertificate(): Promise<NodeJS.ProcessEnv> {
    const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=Portcullis test'];
    openssl(...request, '-addext', 'extendedKeyUsage=codeSigning', '-keyout', 'key.pem', '-out', 'cert.pem');
    await writeFile(join(folder, 'password'), 'a test');
    openssl(
      ...['pkcs12', '-export', '-inkey', 'key.pem', '-in', 'cert.pem', '-out', 'cert.p12'],
      '-passout',
      'file:password',
    );
    return {
      PORTCULLIS_SIGN_PKCS12: join(folder, 'cert.p12'),
      PORTCULLIS_SIGN_PASSWORD_FILE: join(folder, 'password'),
    };
  }

  const verify = (file: string) =>
    spawnSync('osslsigncode', ['verify', '-CAfile', join(folder, 'cert.pem'), '-in', file], { encoding: 'utf8' });

  it('signs program, package and installer with a certificate from the environment', async () => {
    const out = join(folder, 'signed');
    packWindows(built(), out, described, signingCertificate(await testCertificate()));
    const msi = join(out, 'portcullis-gateway-1.0.0.msi');
    execFileSync('msiextract', ['--directory', join(out, 'content'), msi], { stdio: 'ignore' });
    const program = execFileSync('find', [join(out, 'content'), '-name', 'portcullis.exe'], {
      encoding: 'utf8',
    }).trim();
    for (const file of [program, msi, join(out, 'PortcullisInstaller-1.0.0.exe')]) {
      const { status, stdout } = verify(file);
      expect(status, `${file}\n${stdout}`).toBe(0);
      expect(stdout).toContain('Portcullis test');
    }
    // And that is a check: one byte makes it fail.
    const harmed = await readFile(program);
    harmed.writeUInt8(harmed.readUInt8(50_000_000) ^ 1, 50_000_000);
    await writeFile(join(out, 'harmed.exe'), harmed);
    expect(verify(join(out, 'harmed.exe')).status).not.toBe(0);
    expect(JSON.parse(await readFile(join(out, 'product.json'), 'utf8'))).toEqual({
      version: '1.0.0',
      productCode: expect.stringMatching(/^\{[0-9A-F-]{36}\}$/),
      upgradeCode: '{7028E22B-C5FA-594B-9243-C63C7857213B}',
    });
  });

  it('signs nothing without one, and fails with half of one or a wrong password', async () => {
    expect(signingCertificate({})).toBeNull();
    expect(() => signingCertificate({ PORTCULLIS_SIGN_PKCS12: 'x' })).toThrow('belong together');
    const certificate = signingCertificate(await testCertificate());
    await writeFile(join(folder, 'password'), 'wrong');
    expect(() => packWindows(built(), join(folder, 'unsigned'), described, certificate)).toThrow();
    expect(existsSync(join(folder, 'unsigned', 'portcullis-gateway-1.0.0.msi'))).toBe(false);
  });
});
