import { spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { CheckedFile } from '../../../main/managed-config/check.ts';
import { parsePortcullisJson } from '../../../main/managed-config/portcullis-json.ts';
import { parseRegFile } from '../../../main/managed-config/reg-file.ts';
import { CLI } from '../../support/command-line.ts';
import { startHub, type TestHub } from '../../support/hub.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-create-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const ID_TOKEN = JSON.stringify({
  ...{ membership: 'id-token', issuer: 'https://login.acme.example', clientId: 'portcullis' },
  ...{ organizationsClaim: '/groups', policyUrl: 'https://files.acme.example/acme.jws' },
  policyIssuer: 'https://acme.example',
});

interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

function portcullis(...args: string[]): Promise<Said> {
  return new Promise((done) => {
    const child = spawn(process.execPath, [CLI, 'managed-config', ...args], { cwd: folder });
    const said: Said = { code: null, stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => {
      said.stdout += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said.stderr += chunk.toString();
    });
    child.on('close', (code) => done({ ...said, code }));
  });
}
const check = async (...args: string[]): Promise<{ code: number | null; files: CheckedFile[] }> => {
  const { code, stdout } = await portcullis('check', ...args, '--json');
  return { code, files: JSON.parse(stdout) };
};

describe('portcullis managed-config check', () => {
  it('says of each file what it comes to, and ends with 0 where all are present', async () => {
    await writeFile(join(folder, 'registry.json'), '{"allowedOrgs":["acme"]}');
    expect((await check('registry.json')).code).toBe(0);
    const { code, files } = await check('registry.json', 'missing.json');
    expect(code).toBe(1);
    expect(files).toMatchObject([
      { file: 'registry.json', verdict: 'present', allowedOrgs: ['acme'] },
      { file: 'missing.json', verdict: 'absent', allowedOrgs: [], problems: [{ code: 'no-such-file' }] },
    ]);
  });

  it('says of a file that was named and is not there where it looked, for it may be a slip', async () => {
    const { code, stdout, stderr } = await portcullis('check', 'registy.json');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^portcullis: 1 of 1 cannot be used[^\n]*\n$/);
    expect(stdout).toBe(
      `registy.json: absent\n  There is no file at ${join(await realpath(folder), 'registy.json')}. Check the name. [no-such-file]\n`,
    );
  });

  it('ends with 1 where one is malformed or unreadable, with line and column', async () => {
    await writeFile(join(folder, 'registry.json'), '{\n  "allowedOrgs": "acme"\n}');
    const { code, files } = await check('registry.json', '.');
    expect(code).toBe(1);
    expect(files).toMatchObject([
      { file: 'registry.json', verdict: 'malformed' },
      { file: '.', verdict: 'unreadable' },
    ]);
    expect(files[0]?.problems[0]).toMatchObject({ code: 'allowed-orgs-not-a-list', line: 2, column: 18 });
    expect(files[1]?.problems[0]).toMatchObject({ code: 'not-a-regular-file' });
    const { stdout, stderr } = await portcullis('check', 'registry.json');
    expect(stdout).toContain('registry.json: malformed\n  line 2, column 18: "allowedOrgs" must be a list.');
    expect(stderr).toMatch(/^portcullis: 1 of 1 cannot be used[^\n]*\n$/);
  });

  it('ends with 1 for a registry file and a profile that would enforce nothing, and says why', async () => {
    const reg =
      'Windows Registry Editor Version 5.00\r\n\r\n[HKLM\\SOFTWARE\\Policies\\Portcullis]\r\n"hub"="https://hub.example"\r\n';
    await writeFile(join(folder, 'acme.reg'), reg);
    const said = await portcullis('check', 'acme.reg');
    expect(said).toMatchObject({ code: 1 });
    expect(said.stdout).toContain('it has HKLM\\SOFTWARE\\Policies\\Portcullis.');
    // Imported, it would not block all pulls: nobody would read it.
    expect(said.stderr).toContain('settings in a place that is not read enforce nothing');
    const wrapped = `<plist><dict><key>PayloadContent</key><array><dict>
      <key>PayloadType</key><string>com.apple.ManagedClient.preferences</string>
      <key>PayloadContent</key><dict><key>com.docker.config</key><dict><key>Forced</key><array><dict>
      <key>mcx_preference_settings</key><dict><key>allowedOrgs</key><string>acme</string></dict>
      </dict></array></dict></dict></dict></array></dict></plist>`;
    await writeFile(join(folder, 'acme.mobileconfig'), wrapped);
    const { code, files } = await check('acme.mobileconfig');
    expect(code).toBe(0);
    expect(files).toMatchObject([{ verdict: 'present', allowedOrgs: ['acme'] }]);
    await writeFile(join(folder, 'acme.mobileconfig'), wrapped.replace('Forced', 'Set-Once'));
    expect((await check('acme.mobileconfig')).code).toBe(1);
  });

  it('names who could change a file, without a change to the verdict', async () => {
    await writeFile(join(folder, 'registry.json'), '{"allowedOrgs":["acme"]}');
    await chmod(join(folder, 'registry.json'), 0o666);
    await symlink('registry.json', join(folder, 'link.json'));
    const { code, files } = await check('registry.json', 'link.json');
    expect(code).toBe(0);
    expect(files.map(({ verdict }) => verdict)).toEqual(['present', 'present']);
    // Without a command to run: the file is a draft, and its folders are somebody's home.
    const writable = expect.stringMatching(/registry\.json can be changed by other users\. mode 0666$/);
    const warnings = files.map(({ problems }) => problems);
    expect(warnings[0]).toContainEqual(expect.objectContaining({ code: 'draft-not-trusted', cause: writable }));
    expect(JSON.stringify(warnings)).not.toContain('chmod');
    expect(warnings[1]?.[0]).toMatchObject({ code: 'draft-not-trusted', cause: expect.stringContaining('is a link') });
  });

  it('sees that files which are in order one by one refuse everything together', async () => {
    const key = { kid: 'k', kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' };
    const settings = (...organizations: string[]) =>
      writeFile(
        join(folder, 'portcullis.json'),
        JSON.stringify({ hub: 'https://hub.example', policyKeys: { keys: [{ ...key, organizations }] } }),
      );
    await writeFile(join(folder, 'registry.json'), '{"allowedOrgs":["acme"]}');
    await settings('globex');
    const { code, files } = await check('registry.json', 'portcullis.json');
    expect(code).toBe(1);
    expect(files[1]).toMatchObject({
      verdict: 'present',
      keysFor: ['globex'],
      problems: [{ code: 'organization-without-key' }],
    });
    await settings('globex', 'acme');
    expect((await check('registry.json', 'portcullis.json')).code).toBe(0);
    // What lies elsewhere is not known here.
    expect((await check('registry.json')).code).toBe(0);
    await writeFile(join(folder, 'portcullis.json'), '{"hub":"https://hub.example"}');
    expect(await check('portcullis.json')).toMatchObject({
      code: 0,
      files: [{ problems: [{ code: 'settings-without-key' }] }],
    });
  });

  it('refuses a file of 5 MB without reading it', async () => {
    await writeFile(join(folder, 'registry.json'), Buffer.alloc(5 * 1024 * 1024, ' '));
    const { files } = await check('registry.json');
    expect(files[0]).toMatchObject({ verdict: 'malformed' });
    expect(files[0]?.problems[0]).toMatchObject({ code: 'file-too-large' });
  });
});

describe('portcullis managed-config create', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub();
  });
  afterAll(async () => {
    await hub.stop();
  });

  it.each([
    ['registry-json', 'registry.json'],
    ['plist', 'desktop.plist'],
    ['mobileconfig', 'portcullis.mobileconfig'],
    ['reg', 'portcullis.reg'],
    ['intune', 'portcullis.intune.json'],
  ])('writes a %s that its own check finds in order', async (format, name) => {
    const { code } = await portcullis('create', '--org', 'acme', '--hub', hub.url, '--format', format);
    expect(code).toBe(0);
    expect((await check(name)).files).toMatchObject([{ verdict: 'present', allowedOrgs: ['acme'] }]);
  });

  it('pins the keys that the server publishes, and prints their thumbprints', async () => {
    const said = await portcullis('create', '--org', 'acme', '--hub', hub.url, '--pin', '--format', 'portcullis-json');
    expect(said.code).toBe(0);
    const published = await hub.policyKeys();
    const written = parsePortcullisJson(await readFile(join(folder, 'portcullis.json')));
    expect(written).toMatchObject({ verdict: 'present', value: { hub: hub.url, policyKeys: published } });
    for (const { kty, crv, x } of published.keys) {
      expect(said.stderr).toContain(await calculateJwkThumbprint({ kty, crv, x }, 'sha256'));
    }
  });

  it('pins the keys in a file that the server published, without asking the server', async () => {
    const published = await hub.policyKeys();
    await writeFile(join(folder, 'keys.json'), JSON.stringify(published));
    const provider = ['--issuer', 'https://login.acme.example', '--client-id', 'portcullis'];
    const args = ['--hub', 'https://hub.acme.example', ...provider, '--keys-file', 'keys.json'];
    for (const format of ['portcullis-json', 'reg', 'mobileconfig']) {
      expect(await portcullis('create', '--org', 'acme', '--format', format, ...args)).toMatchObject({ code: 0 });
    }
    const [hubUrl, issuer, clientId] = ['https://hub.acme.example', 'https://login.acme.example', 'portcullis'];
    const value = { hub: hubUrl, issuer, clientId, policyKeys: published };
    const written = parsePortcullisJson(await readFile(join(folder, 'portcullis.json')));
    expect(written).toMatchObject({ verdict: 'present', value });
    const reg = parseRegFile(await readFile(join(folder, 'portcullis.reg')));
    expect(reg.settings).toMatchObject({ verdict: 'present', value });
  });

  it.each([
    ['no file', null, 'contains no policy keys. (ENOENT)'],
    ['not JSON', 'garbage', 'contains no policy keys.'],
    ['no JWKS', '{"keys":[]}', 'contains no policy keys.'],
    [
      'a private key',
      '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"x","d":"d","organizations":["acme"]}]}',
      'private',
    ],
    [
      'keys of another organization',
      '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"1","x":"x","organizations":["globex"]}]}',
      'keys.json has no key that signs for acme',
    ],
  ])('refuses a file of keys with %s, and writes nothing', async (_, content, sentence) => {
    if (content !== null) await writeFile(join(folder, 'keys.json'), content);
    const args = ['--org', 'acme', '--format', 'portcullis-json', '--keys-file', 'keys.json'];
    const { code, stderr } = await portcullis('create', ...args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(sentence) });
    expect(await readdir(folder)).not.toContain('portcullis.json');
  });

  it('takes further settings from a file in every format, and options take precedence', async () => {
    const withoutHub = {
      ...{ membership: 'id-token', issuer: 'https://login.acme.example', clientId: 'portcullis' },
      ...{ organizationsClaim: '/groups', policyUrl: 'https://files.acme.example/acme.jws' },
      ...{ policyIssuer: 'https://acme.example', policyKeys: await hub.policyKeys() },
      ...{ redirectPorts: [8400, 8401], refreshMinutes: 30, startAtLogin: false, scopes: ['groups'] },
    };
    await writeFile(join(folder, 'acme.json'), JSON.stringify(withoutHub));
    const args = ['--settings', 'acme.json', '--support-contact', '#help'];
    for (const format of ['portcullis-json', 'reg', 'mobileconfig', 'intune']) {
      const said = await portcullis('create', '--org', 'acme', '--format', format, ...args);
      expect(said).toMatchObject({ code: 0 });
      expect(said.stderr).not.toContain('pins no policy key');
    }
    const value = { ...withoutHub, supportContact: '#help' };
    const written = parsePortcullisJson(await readFile(join(folder, 'portcullis.json')));
    expect(written).toMatchObject({ verdict: 'present', value });
    const reg = parseRegFile(await readFile(join(folder, 'portcullis.reg')));
    expect(reg.settings).toMatchObject({ verdict: 'present', value });
    const files = ['portcullis.json', 'portcullis.reg', 'portcullis.mobileconfig', 'portcullis.intune.json'];
    expect(await check(...files)).toMatchObject({ code: 0, files: files.map(() => ({ verdict: 'present' })) });
  });

  it.each([
    ['that is not there', null, [], '(ENOENT)'],
    ['that is not JSON', '{', [], 'line 1'],
    ['with a setting that nobody knows', '{"policyURL":"https://files.acme.example"}', [], '"policyURL"'],
    ['with settings that do not go together', '{"membership":"id-token"}', [], 'does not work without issuer'],
    ['whose settings do not go with an option', ID_TOKEN, ['--hub', 'https://hub.acme.example'], 'hub'],
  ])('refuses a file of settings %s, and writes nothing', async (_, content, more, words) => {
    if (content !== null) await writeFile(join(folder, 'acme.json'), content);
    const args = ['--org', 'acme', '--format', 'portcullis-json', '--settings', 'acme.json', ...more];
    const { code, stderr } = await portcullis('create', ...args);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining(words) });
    expect(await readdir(folder)).not.toContain('portcullis.json');
  });

  it('writes to standard output, and nothing else there', async () => {
    const said = await portcullis('create', '--org', 'acme', '--format', 'registry-json', '--out', '-');
    expect(said.stdout).toBe('{"allowedOrgs":["acme"]}\n');
  });

  it('writes a file that every user can read and nobody can change, whatever the umask', async () => {
    const umask = process.umask(0o077);
    try {
      const args = ['create', '--org', 'acme', '--format', 'registry-json'];
      for (const more of [[], ['--force']]) {
        expect((await portcullis(...args, ...more)).code).toBe(0);
        expect((await stat(join(folder, 'registry.json'))).mode & 0o777).toBe(0o644);
      }
    } finally {
      process.umask(umask);
    }
    expect(await readdir(folder)).toEqual(['registry.json']);
  });

  it('names the path that it has written, and leaves nothing behind where it cannot write', async () => {
    const args = ['create', '--org', 'acme', '--format', 'registry-json', '--out'];
    const path = join(await realpath(folder), 'acme.json');
    expect((await portcullis(...args, 'acme.json')).stderr).toContain(`Wrote ${path}.`);
    for (const more of [[], ['--force']]) {
      const said = await portcullis(...args, 'missing/registry.json', ...more);
      expect(said).toMatchObject({ code: 1, stderr: expect.stringContaining('[output-not-written]') });
    }
    expect(await readdir(folder)).toEqual(['acme.json']);
  });

  it('says what a machine would say of the file', async () => {
    const said = await portcullis('create', '--org', 'acme', '--org', 'Acme', '--format', 'registry-json');
    expect(said).toMatchObject({ code: 0, stderr: expect.stringContaining('[organizations-alike]') });
  });

  it('does not replace a file unless it is told to', async () => {
    await writeFile(join(folder, 'registry.json'), 'mine');
    const args = ['create', '--org', 'acme', '--format', 'registry-json'];
    expect(await portcullis(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining('EEXIST') });
    expect(await readFile(join(folder, 'registry.json'), 'utf8')).toBe('mine');
    expect((await portcullis(...args, '--force')).code).toBe(0);
  });

  it.each([
    ['the server does not know the organization', ['--org', 'ACME', '--pin'], 1, 'has no key that signs for ACME'],
    [
      'the format has no room for keys',
      ['--org', 'acme', '--pin', '--format', 'plist'],
      1,
      'cannot contain policy keys',
    ],
    ['a name could not match', ['--org', 'acme '], 1, 'white space'],
    ['nobody could be asked', ['--org', 'acme', '--support-contact', ' '], 1, '[setting-empty]'],
    ['the server is none', ['--org', 'acme', '--hub', 'example.com'], 2, 'must be a URL'],
    [
      'the way to the server is open to others',
      ['--org', 'acme', '--hub', 'http://hub.example', '--pin'],
      1,
      'could be replaced',
    ],
    ['nobody answers', ['--org', 'acme', '--hub', 'http://127.0.0.1:9', '--pin'], 1, '[policy-keys-unreachable]'],
    ['the format is not known', ['--org', 'acme', '--format', 'ini'], 2, 'Allowed choices'],
    ['no organization is named', [], 2, '--org'],
  ])('says so plainly where %s', async (_what, args, code, words) => {
    const given = (name: string, value: string) => (args.includes(name) ? [] : [name, value]);
    const said = await portcullis(
      'create',
      ...args,
      ...given('--hub', hub.url),
      ...given('--format', 'portcullis-json'),
    );
    expect(said).toMatchObject({ code, stdout: '', stderr: expect.stringContaining(words) });
  });
});
