import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CreatedToken, type TokenRights } from '../../../shared/schemas/hub/tokens.ts';
import { RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';

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
  return { code, ...said };
}
const CLI = resolve('main/cli/index.ts');
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
