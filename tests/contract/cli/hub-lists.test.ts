import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CreatedToken, type TokenRights } from '../../../shared/schemas/hub/tokens.ts';
import { RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { CLI } from '../../support/command-line.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { withoutSlowNotes } from '../../support/without-slow-notes.ts';

let hub: TestHub;
let folder: string;
let tokens: Record<TokenRights, string>;
beforeAll(async () => {
  hub = await startHub();
  folder = await mkdtemp(join(tmpdir(), 'portcullis-lists-'));
  tokens = { read: await createToken('read'), apply: await createToken('apply') };
});
afterAll(async () => {
  await hub.stop();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() =>
  hub.putSettings('acme', { registries: [{ address: 'docker.io', nickname: 'Docker Hub' }], mode: 'enforce' }),
);

async function createToken(rights: TokenRights): Promise<string> {
  const answer = await fetch(`${hub.url}/v1/orgs/acme/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await hub.signIn('olivia')}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: `${rights}-token`, rights, days: 1 }),
  });
  return CreatedToken.parse(await answer.json()).token;
}

async function settings(): Promise<RegistryAccessSettingsAnswer> {
  const answer = await fetch(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
    headers: { authorization: `Bearer ${tokens.read}` },
  });
  return RegistryAccessSettingsAnswer.parse(await answer.json());
}
const addresses = async (): Promise<string[]> => (await settings()).registries.map(({ address }) => address);

interface Ended {
  code: unknown;
  stdout: string;
  stderr: string;
}
async function ended(command: string, args: string[], env: NodeJS.ProcessEnv): Promise<Ended> {
  const child = spawn(command, args, {
    cwd: folder,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].on('data', (chunk: Buffer) => {
      said[stream] += chunk.toString('utf8');
    });
  }
  const [code] = await once(child, 'close');
  return { code, stdout: said.stdout, stderr: withoutSlowNotes(said.stderr) };
}
/** As a pipeline, with its token. */
const run = (rights: TokenRights, ...args: string[]): Promise<Ended> =>
  ended(process.execPath, [CLI, 'hub', ...args, '--hub', hub.url, '--org', 'acme'], {
    PORTCULLIS_TOKEN: tokens[rights],
  });

async function listFile(text: string, name = 'list.yaml'): Promise<string> {
  const file = join(folder, name);
  await writeFile(file, text);
  return file;
}

describe('a list in a file', () => {
  it('is what the hub exports: no difference', async () => {
    const exported = await run('read', 'export');
    expect(exported).toMatchObject({ code: 0, stderr: '' });
    const file = await listFile(exported.stdout);
    const { revision } = await settings();
    expect(await run('read', 'diff', '-f', file)).toMatchObject({
      code: 0,
      stdout: `No difference: revision ${revision} of acme is what ${file} says.\n`,
    });
    expect((await run('apply', 'apply', '-f', file)).stdout).toBe(
      `No difference: acme stays at revision ${revision}.\n`,
    );
  });

  it('differs: shown with exit code 6, previewed, applied, and undone', async () => {
    const { revision } = await settings();
    const file = await listFile('registries:\n  - quay.io\n  - { address: ghcr.io, nickname: GitHub }\n');
    const shown = '  + quay.io\n  + ghcr.io (GitHub)\n  - docker.io (Docker Hub)\n';
    expect(await run('read', 'diff', '-f', file)).toMatchObject({ code: 6, stdout: shown });
    const json = await run('read', 'diff', '-f', file, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ organization: 'acme', changes: [{ kind: 'added' }, {}, {}] });

    const dry = await run('read', 'apply', '-f', file, '--dry-run');
    expect(dry).toMatchObject({ code: 0, stdout: expect.stringContaining(shown) });
    expect(dry.stdout).toMatch(/^Newly allowed: quay\.io, /m);
    expect(dry.stdout).toMatch(/^No longer allowed: docker\.io, /m);
    expect(dry.stdout).toContain('Nothing was saved.\n');
    expect(await addresses()).toEqual(['docker.io']);

    expect(await run('read', 'apply', '-f', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[pipeline-token-limited]'),
    });
    const applied = await run('apply', 'apply', '-f', file);
    expect(applied).toMatchObject({ code: 0, stderr: '' });
    expect(applied.stdout).toContain(
      `Saved revision ${revision + 1} of acme: 2 registries.\nTo undo: portcullis hub undo ${revision}\n`,
    );
    expect(await addresses()).toEqual(['quay.io', 'ghcr.io']);

    const history = await run('read', 'history');
    expect(history.stdout).toMatch(
      new RegExp(`^${revision + 1} .*pipeline:apply-token: added quay\\.io, added ghcr\\.io`, 'm'),
    );
    const undone = await run('apply', 'undo', String(revision));
    expect(undone.stdout).toBe(
      '  + docker.io (Docker Hub)\n  - quay.io\n  - ghcr.io (GitHub)\n' +
        `Saved revision ${revision + 2} of acme, which is revision ${revision} again.\nTo undo: portcullis hub undo ${revision + 1}\n`,
    );
    expect(await addresses()).toEqual(['docker.io']);
    expect(await run('apply', 'undo', '999')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[no-such-revision]'),
    });
    expect(await run('apply', 'undo', 'x')).toMatchObject({ code: 2 });
  });

  it('that leaves out mode and contact leaves them as they are, and never weakens what is enforced', async () => {
    await hub.putSettings('acme', { contact: '#registries' });
    const file = await listFile('registries: [ghcr.io]\n');
    expect(await run('apply', 'apply', '-f', file)).toMatchObject({ code: 0 });
    expect(await settings()).toMatchObject({ contact: '#registries', mode: 'enforce', enabled: true });
    const weaker = await listFile('mode: audit\nregistries: [ghcr.io]\n');
    expect(await run('apply', 'apply', '-f', weaker)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[pipeline-token-may-not-switch-off]'),
    });
  });

  it.each([
    ['registries:\n  - ghcr.io\n  - "*"\n', 'list.yaml:3:5', 'address-everything'],
    ['registries:\n  - ghcr.io\n  - https://GHCR.io/\n', 'list.yaml:3:5', 'listed twice'],
    ['registries:\n  - ghcr.io\nmodes: audit\n', 'list.yaml:3:1', 'unknown member "modes"'],
    ['registries:\n  - address: ghcr.io\n    nickname: 5\n', 'list.yaml:2:5', 'nickname'],
    ['mode: off\nregistries: []\n', 'list.yaml:1:7', 'mode'],
    ['registries:\n  - a.example\n b: c\n', 'list.yaml:3:1', 'list-file-invalid'],
    ['registries: *x\n', 'list.yaml:1', 'list-file-invalid'],
    [
      'a: &a [1,1,1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b]\nregistries: [*c,*c]\n',
      'list.yaml:1:1',
      'alias',
    ],
    ['registries: !!js/function "x"\n', 'list.yaml:1', 'list-file-invalid'],
    ['- ghcr.io\n', 'list.yaml:1:1', 'list-file-invalid'],
    ['', 'list.yaml', 'list-file-invalid'],
  ])('with a mistake (%j) is refused with its place', async (text, place, what) => {
    const { code, stdout, stderr } = await run('apply', 'apply', '-f', await listFile(text));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain(place);
    expect(stderr).toContain(what);
    expect(await addresses()).toEqual(['docker.io']);
  });

  it('with an address that may not be meant is applied only with --yes', async () => {
    const file = await listFile('registries: [docker.io, ghcr.io/acme]\n');
    expect(await run('apply', 'apply', '-f', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('note: This allows all of ghcr.io, not only /acme'),
    });
    expect(await addresses()).toEqual(['docker.io']);
    expect(await run('apply', 'apply', '-f', file, '--yes')).toMatchObject({ code: 0 });
    expect(await addresses()).toEqual(['docker.io', 'ghcr.io']);
  });

  it('of another organization is not applied', async () => {
    const file = await listFile('organization: globex\nregistries: []\n');
    expect(await run('apply', 'apply', '-f', file)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[list-file-other-organization]'),
    });
  });

  it('that is missing is named', async () => {
    expect((await run('read', 'diff', '-f', 'none.yaml')).stderr).toContain('[list-file-unreadable]');
  });
});

describe('grants', () => {
  const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();
  beforeEach(() => hub.putSettings('acme', { grants: [], hints: [], requests: false }));

  it('are added by command until a time or for a team, changed, and removed with their registry', async () => {
    const added = await run('apply', 'allow', 'https://GCR.io/', '--until', '7d', '--team', 'platform', '--yes');
    expect(added).toMatchObject({ code: 0, stderr: '' });
    expect(added.stdout).toMatch(/^ {2}\+ gcr\.io until .* for team platform$/m);
    expect(added.stdout).toMatch(/^ {6}note: .*platform, which does not exist/m);
    const { revision, grants = [] } = await settings();
    expect(added.stdout).toContain(`To undo: portcullis hub undo ${revision - 1}\n`);
    expect(grants).toMatchObject([{ address: 'gcr.io', teams: ['platform'] }]);
    expect(Date.parse(grants[0]?.until ?? '') - Date.now()).toBeGreaterThan(6.9 * 86_400_000);

    const longer = await run('apply', 'allow', 'gcr.io', '--until', '14d', '--team', 'platform');
    expect(longer.stdout).toMatch(/^ {2}~ gcr\.io until /m);
    expect((await settings()).grants).toHaveLength(1);
    await run('apply', 'allow', 'gcr.io', '--until', '1h');
    expect((await settings()).grants).toHaveLength(2);

    const shown = await run('read', 'show');
    expect(shown.stdout).toMatch(/Allowed with a limit:\n {2}gcr\.io .*for team platform\n {2}gcr\.io {2}until /);
    expect((await run('apply', 'disallow', 'gcr.io')).stdout).toMatch(/- gcr\.io until .*\n {2}- gcr\.io until /);
    expect((await settings()).grants).toEqual([]);
  });

  it.each([
    [['--until', 'friday'], 'until-invalid'],
    [['--until', '2020-01-01'], 'until-over'],
    [['--team', 'no team'], 'settings-invalid'],
  ])('are not added with %j', async (args, code) => {
    expect(await run('apply', 'allow', 'gcr.io', ...args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`[${code}]`),
    });
    expect((await settings()).grants).toEqual([]);
  });

  it('stay where an always-allowed registry is added, and where a file does not name them', async () => {
    await hub.putSettings('acme', { grants: [{ address: 'gcr.io', until: inDays(1) }], requests: true });
    expect(await run('apply', 'allow', 'ghcr.io')).toMatchObject({ code: 0 });
    const file = await listFile('registries: [docker.io, ghcr.io, quay.io]\n');
    expect(await run('apply', 'apply', '-f', file)).toMatchObject({ code: 0 });
    expect(await settings()).toMatchObject({ requests: true, grants: [{ address: 'gcr.io' }] });
  });

  it('are exported, and a file with them is compared, previewed and applied', async () => {
    const file = await listFile(
      `registries: [docker.io]
grants:
  - { address: gcr.io, nickname: Google, until: ${inDays(3)} }
  - { address: ghcr.io, teams: [platform] }
  - { address: quay.io, until: 2020-01-01T00:00:00+01:00 }
hints:
  - { address: quay.io, use: mirror.acme.example/quay }
requests: true
support: { text: "Ask in #registries", url: https://help.acme.example }
`,
    );
    const dry = await run('read', 'apply', '-f', file, '--dry-run', '--yes');
    expect(dry.stdout).toMatch(/^ {2}\+ gcr\.io \(Google\) until .*\n {2}\+ ghcr\.io for team platform$/m);
    expect(dry.stdout).toMatch(/^Newly allowed with a limit: gcr\.io, /m);
    expect(dry.stderr).toContain('note: quay.io was to be allowed until');
    expect((await run('apply', 'apply', '-f', file)).code).toBe(0);
    expect(await settings()).toMatchObject({
      grants: [{ address: 'gcr.io', nickname: 'Google' }, { address: 'ghcr.io' }],
      hints: [{ address: 'quay.io', use: 'mirror.acme.example/quay' }],
      ...{ requests: true, support: { text: 'Ask in #registries', url: 'https://help.acme.example' } },
    });
    expect(await run('read', 'diff', '-f', file)).toMatchObject({ code: 0 });
    const exported = await run('read', 'export');
    expect(await run('read', 'diff', '-f', await listFile(exported.stdout, 'exported.yaml'))).toMatchObject({
      code: 0,
    });

    const emptied = await listFile('registries: [docker.io]\ngrants: []\nhints: []\nrequests: false\nsupport: null\n');
    expect((await run('read', 'diff', '-f', emptied)).stdout).toMatch(/^ {2}- gcr\.io \(Google\) until /m);
    expect((await run('apply', 'apply', '-f', emptied)).code).toBe(0);
    expect(await settings()).toMatchObject({ grants: [], hints: [], requests: false });
    expect(await settings()).not.toHaveProperty('support');
  });

  it.each([
    ['grants:\n  - { address: gcr.io }\nregistries: []\n', 'list.yaml:2:5', 'until or teams'],
    ['grants:\n  - { address: gcr.io, until: tomorrow }\nregistries: []\n', 'list.yaml:2:31', 'grants.0.until'],
    ['grants:\n  - { address: gcr.io, teams: [] }\nregistries: []\n', 'list.yaml:2:31', 'grants.0.teams'],
    ['grants:\n  - { address: "*", teams: [a] }\nregistries: []\n', 'list.yaml:2:5', 'address-everything'],
    ['support: { url: "http://help" }\nregistries: []\n', 'list.yaml:1:17', 'https'],
  ])('with a mistake (%j) are refused with its place', async (text, place, what) => {
    const { code, stderr } = await run('read', 'diff', '-f', await listFile(text));
    expect(code).toBe(1);
    expect(stderr).toContain(place);
    expect(stderr).toContain(what);
  });

  it('go with suggestions, requests and support, by command too', async () => {
    expect((await run('apply', 'suggest', 'gcr.io', 'mirror.acme.example/gcr')).stdout).toContain(
      '  ~ gcr.io: use mirror.acme.example/gcr instead\n',
    );
    await run(
      'apply',
      'set',
      '--requests',
      'on',
      '--support',
      'Ask in #help',
      '--support-url',
      'https://help.acme.example',
    );
    expect(await settings()).toMatchObject({
      hints: [{ address: 'gcr.io', use: 'mirror.acme.example/gcr' }],
      ...{ requests: true, support: { text: 'Ask in #help', url: 'https://help.acme.example' } },
    });
    expect((await run('apply', 'set', '--requests', 'on')).stdout).toContain('Already set.');
    await run('apply', 'set', '--support', '');
    expect((await settings()).support).toEqual({ url: 'https://help.acme.example' });
    await run('apply', 'set', '--support-url', '', '--requests', 'off');
    await run('apply', 'suggest', 'gcr.io', '--none');
    expect(await settings()).toMatchObject({ hints: [], requests: false });
    expect(await settings()).not.toHaveProperty('support');
    expect((await run('apply', 'suggest', 'gcr.io')).code).toBe(2);
  });

  it('are not sent to a hub of an earlier version, which would take no notice of them', async () => {
    const saved: string[] = [];
    const older = createServer((request, response) => {
      if (request.method === 'PUT') saved.push(request.url ?? '');
      response.writeHead(200, { 'content-type': 'application/json', etag: '"3"' });
      response.end('{"revision":3,"enabled":true,"mode":"enforce","registries":[{"address":"docker.io"}]}');
    });
    await new Promise<void>((listening) => older.listen(0, '127.0.0.1', () => listening()));
    const address = older.address();
    const at = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const ask = (...args: string[]): Promise<Ended> =>
      ended(process.execPath, [CLI, 'hub', ...args, '--hub', at, '--org', 'acme'], { PORTCULLIS_TOKEN: tokens.apply });
    try {
      const file = await listFile('registries: [docker.io]\nrequests: true\n');
      for (const args of [
        ['allow', 'gcr.io', '--until', '7d'],
        ['set', '--requests', 'on'],
        ['suggest', 'gcr.io', 'mirror/gcr'],
        ['diff', '-f', file],
        ['apply', '-f', file],
      ]) {
        expect(await ask(...args)).toMatchObject({ code: 1, stderr: expect.stringContaining('[hub-without-grants]') });
      }
      expect(saved).toEqual([]);
      expect(await ask('allow', 'ghcr.io')).toMatchObject({ code: 0 });
      expect(saved).toHaveLength(1);
    } finally {
      older.close();
    }
  });
});

describe('the token', () => {
  it('is read from a file too, and a file that is missing stops the command', async () => {
    const file = await listFile(`${tokens.read}\n`, 'token');
    const args = [CLI, 'hub', 'show', '--json', '--hub', hub.url, '--org', 'acme'];
    const shown = await ended(process.execPath, args, { PORTCULLIS_TOKEN_FILE: file });
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(shown.stdout)).toEqual(await settings());
    for (const env of [
      { PORTCULLIS_TOKEN_FILE: join(folder, 'none') },
      { PORTCULLIS_TOKEN: 'a\r\nb: c' },
      { PORTCULLIS_TOKEN_FILE: await listFile('\n', 'empty') },
    ]) {
      expect((await ended(process.execPath, args, env)).stderr).toContain('[pipeline-token-unreadable]');
    }
  });

  it('that has ended is said to have ended', async () => {
    const made = `portcullis_pipeline_${'A'.repeat(43)}`;
    const args = [CLI, 'hub', 'show', '--hub', hub.url, '--org', 'acme'];
    expect(await ended(process.execPath, args, { PORTCULLIS_TOKEN: made })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[pipeline-token-invalid]'),
    });
  });
});

describe('a file of another program', () => {
  it('is imported without what would allow more, unless that is asked for', async () => {
    const file = await listFile(
      JSON.stringify({
        enabled: true,
        standard_registries: [{ id: 'DockerHub', allowed: true }],
        custom_registries: [
          { address: 'quay.io', friendly_name: 'Quay', allowed: true },
          { address: 'ghcr.io/acme', friendly_name: 'Ours', allowed: true },
        ],
      }),
      'docker.json',
    );
    const dry = await run('read', 'import', file, '--dry-run');
    expect(dry.stdout).toContain('2 of 3 would be added. Nothing was saved.\n');
    expect(dry.stderr).toContain('custom_registries[1]: ghcr.io (left out; --all adds it): This allows all of ghcr.io');
    expect(await run('apply', 'import', file)).toMatchObject({ code: 0 });
    expect(await addresses()).toEqual(['docker.io', 'quay.io']);
    expect((await run('apply', 'import', file)).stdout).toContain('All of them are allowed already.');
    await run('apply', 'import', file, '--all');
    expect((await settings()).registries).toContainEqual({ address: 'ghcr.io', nickname: 'Ours' });
  });
});

describe('the pipeline of docs/list-in-git.md', () => {
  it('previews, applies once, and then finds nothing to apply', async () => {
    const guide = await readFile('docs/list-in-git.md', 'utf8');
    const [preview = '', apply = ''] = [...guide.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, script = '']) => script);
    await listFile(/```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '', 'registries.yaml');
    const program = await listFile(`#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`, 'portcullis');
    await chmod(program, 0o755);
    const shell = (script: string, rights: TokenRights): Promise<Ended> =>
      ended('sh', ['-ec', script], {
        PATH: `${folder}:${process.env.PATH}`,
        HUB: hub.url,
        PORTCULLIS_TOKEN: tokens[rights],
      });

    expect(await shell(preview, 'read')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing was saved.'),
    });
    expect(await shell(apply, 'apply')).toMatchObject({ code: 0, stdout: expect.stringContaining('Saved revision ') });
    expect(await addresses()).toEqual(['docker.io', 'ghcr.io', '*.registry.acme.example']);
    expect(await shell(apply, 'apply')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing to apply.'),
    });
    // A hub that is away is no difference.
    const away = await shell(apply.replaceAll('"$HUB"', 'http://127.0.0.1:1'), 'apply');
    expect(away.code).toBe(1);
    expect(await stat(program)).toBeDefined();
  });
});
