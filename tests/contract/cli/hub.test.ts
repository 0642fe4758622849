import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import { ActivityPage, RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { CLI } from '../../support/command-line.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { ownerCommandLine } from '../../support/owner-command-line.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

const { run, runIn } = ownerCommandLine(() => hub);

async function settings(): Promise<RegistryAccessSettingsAnswer> {
  const answer = await fetch(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
    headers: { authorization: `Bearer ${await hub.signIn('olivia')}` },
  });
  return RegistryAccessSettingsAnswer.parse(await answer.json());
}

const entries = async (): Promise<RegistryEntry[]> => (await settings()).registries;

describe('an owner at the command line', () => {
  it('allows a registry, once, and removes it', async () => {
    const before = await entries();
    expect(await run('olivia', 'allow', 'https://GCR.io/', '--nickname', 'Google')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Saved revision 2 of acme: '),
    });
    expect(await run('olivia', 'allow', 'gcr.io')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Already allowed: gcr.io. Nothing was saved; acme stays at revision 2.'),
    });
    expect(await entries()).toEqual([...before, { address: 'gcr.io', nickname: 'Google' }]);
    expect((await run('olivia', 'disallow', 'gcr.io')).stdout).toContain('Saved revision 3 of acme');
    expect((await run('olivia', 'disallow', 'gcr.io')).stdout).toContain(
      'Not among the allowed registries: gcr.io. Nothing was saved; acme stays at revision 3.',
    );
    expect(await entries()).toEqual(before);
  });

  it('announces the next signing key, and signs with it once it is pinned', async () => {
    const [present] = (await hub.policyKeys()).keys;
    const announced = await run('olivia', 'rotate-key');
    expect(announced).toMatchObject({ code: 0, stderr: '' });
    const successor = /rotate-key --use (\S+)$/m.exec(announced.stdout)?.[1] ?? '';
    expect((await hub.policyKeys()).keys.map(({ kid }) => kid)).toEqual([present?.kid, successor]);
    const used = await run('olivia', 'rotate-key', '--use', successor);
    expect(used).toMatchObject({ code: 0, stderr: '' });
    expect(used.stdout).toContain(`${successor} now signs for acme.`);
    expect(used.stdout).toContain(`${present?.kid} stays published until `);
    expect((await run('olivia', 'rotate-key', '--use', 'made-up')).stderr).toContain('acme has not announced this key');
  });

  it('signs in once for several commands, if asked to, until it signs out', async () => {
    const runtime = mkdtempSync(join(tmpdir(), 'portcullis-owner-'));
    const env = { XDG_RUNTIME_DIR: runtime };
    const file = join(runtime, 'portcullis', 'owner.json');
    expect((await runIn(env, 'olivia', 'sign-in')).stdout).toContain(`Signed in to ${hub.url} until `);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    // Nobody is there to sign in again.
    expect(await runIn(env, null, 'show')).toMatchObject({ code: 0, stdout: expect.not.stringContaining('Open this') });
    const { token, ...kept } = JSON.parse(readFileSync(file, 'utf8'));
    expect(kept.until - Date.now()).toBeLessThanOrEqual(15 * 60_000);

    expect(await runIn(env, null, 'sign-out')).toMatchObject({ code: 0, stdout: 'Signed out.\n' });
    expect(existsSync(file)).toBe(false);
    const after = await fetch(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(after.status).toBe(401);
    expect(await runIn(env, null, 'sign-out')).toMatchObject({ code: 0, stdout: 'No sign-in was kept.\n' });

    // Revoked meanwhile: said once, then forgotten.
    writeFileSync(file, JSON.stringify({ ...kept, token }));
    expect(await runIn(env, null, 'show')).toMatchObject({ code: 1 });
    expect(existsSync(file)).toBe(false);
    rmSync(runtime, { recursive: true });
  });

  it('allows several registries with one sign-in', async () => {
    const before = await entries();
    expect((await runIn({}, 'olivia', 'allow', 'quay.io', 'mcr.microsoft.com', 'quay.io')).stdout).toContain(
      'Saved revision ',
    );
    expect(await entries()).toEqual([...before, { address: 'quay.io' }, { address: 'mcr.microsoft.com' }]);
    expect((await runIn({}, 'olivia', 'disallow', 'quay.io', 'mcr.microsoft.com')).stdout).toContain('Saved revision ');
    expect(await entries()).toEqual(before);
  });

  it('is told what an address as written comes to, before being asked to sign in, and saves nothing unconfirmed', async () => {
    const before = await entries();
    for (const [address, note] of [
      ['ghcr.io/acme', 'note: This allows all of ghcr.io, not only /acme'],
      ['gcr', 'note: "gcr" has no dot, so engines look for it at Docker Hub. Did you mean gcr.io?'],
      ['https://hub.docker.com/r/acme/app', 'Allow docker.io instead.'],
      ['http://x/y', 'so this allows x:80'],
      ['g\u04bbcr.io', 'looks like ghcr.io'],
    ] as const) {
      const { code, stdout, stderr } = await runIn({}, null, 'allow', address);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toContain(note);
      expect(stderr).toContain('[addresses-unconfirmed]');
    }
    expect((await runIn({}, null, 'disallow', 'docker.io/acme')).stderr).toContain('all of docker.io');
    expect(await entries()).toEqual(before);
  });

  it('allows by script what there is something to say about, port 80 where http:// is written, and sees how to undo it', async () => {
    const before = await entries();
    const { code, stdout, stderr } = await run(
      'olivia',
      'allow',
      'ghcr.io/acme',
      'http://registry.corp.example/',
      '--yes',
    );
    expect(code).toBe(0);
    expect(stderr).toContain('"http://" means port 80, so this allows registry.corp.example:80.');
    expect(stdout).toContain('  + ghcr.io\n      also allows pkg-containers.githubusercontent.com\n');
    const undo = /To undo: portcullis hub (disallow .*)$/m.exec(stdout)?.[1] ?? '';
    expect(undo).toBe(`disallow ghcr.io registry.corp.example:80 --hub ${hub.url} --org acme`);
    expect(await entries()).toEqual([...before, { address: 'ghcr.io' }, { address: 'registry.corp.example:80' }]);
    expect((await run('olivia', 'disallow', 'ghcr.io', 'registry.corp.example:80')).stdout).toContain('  - ghcr.io\n');
    expect(await entries()).toEqual(before);
  });

  it('is told what pulls may need besides, and what comes along that anyone can fill', async () => {
    const { stdout } = await run('olivia', 'allow', 'registry.k8s.io', 'registry.gitlab.com', 'gcr.io');
    expect(stdout).toContain('      may also need <location>-docker.pkg.dev: ');
    expect(stdout).toContain('      warning: gitlab.com: ');
    expect(stdout).toContain('      does not allow storage.googleapis.com: ');
    await run('olivia', 'disallow', 'registry.k8s.io', 'registry.gitlab.com', 'gcr.io');
  });

  it('changes mode, restrictions and contact, and sees the current settings', async () => {
    expect((await run('olivia', 'set', '--mode', 'audit', '--contact', '#registries')).stdout).toContain(
      'Saved revision ',
    );
    const shown = await run('olivia', 'show');
    expect(shown.stdout).toMatch(/^Restrictions +audit only$/m);
    expect(shown.stdout).toMatch(/^Contact +#registries$/m);
    expect(shown.stdout).toMatch(/^ {2}docker\.io/m);
    expect((await run('olivia', 'set', '--mode', 'audit')).stdout).toContain(
      'Already set. Nothing was saved; acme stays at revision',
    );
    const off = await run('olivia', 'set', '--mode', 'enforce', '--restrictions', 'off', '--contact', '');
    expect(off).toMatchObject({ code: 0, stdout: expect.stringContaining('Saved revision ') });
    const { enabled, mode, contact } = await settings();
    expect({ enabled, mode, contact }).toEqual({ enabled: false, mode: 'enforce', contact: undefined });
    await run('olivia', 'set', '--restrictions', 'on');
    expect((await run('olivia', 'activity')).stdout).toMatch(/revision \d+ {2}olivia: .*on/);
  });

  it('sees of the activity what is asked for, as text and as JSON', async () => {
    const of = async (...words: string[]): Promise<string[]> => {
      const { stdout } = await run('olivia', 'activity', '--json', ...words);
      return ActivityPage.shape.items.parse(JSON.parse(stdout).items).map(({ action, actor }) => `${action} ${actor}`);
    };
    expect(await of('--count', '1', '--action', 'organization.')).toEqual(['organization.created hub']);
    expect(new Set(await of('--by', 'olivia', '--action', 'settings.changed'))).toEqual(
      new Set(['settings.changed olivia']),
    );
    expect(await of('--by', 'nobody')).toEqual([]);
    expect(await of('--until', '7d')).toEqual([]);
    expect((await of('--since', '7d', '--count', '500')).length).toBeGreaterThan(2);
    expect((await run('olivia', 'activity', '--search', 'no such thing')).stdout).toContain('No entry matches.\n');
    expect(await run('olivia', 'activity', '--action', 'a b')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[filter-invalid]'),
    });
    expect(await runIn({}, null, 'activity', '--since', 'yesterday')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('[until-invalid]'),
    });
  });

  it('creates a token for a pipeline, told once on standard output or in a file of mode 0600, and ends it', async () => {
    const created = await run('olivia', 'tokens', 'create', 'deploy', '--rights', 'apply', '--days', '30');
    expect(created).toMatchObject({ code: 0, stdout: expect.stringMatching(/^portcullis_pipeline_[\w-]{43}\n$/) });
    expect(created.stderr).toContain('may read and apply the list of acme until ');
    const token = created.stdout.trim();
    expect(await runIn({ PORTCULLIS_TOKEN: token }, null, 'show', '--json')).toMatchObject({ code: 0, stderr: '' });

    const listed = await run('olivia', 'tokens', 'list');
    const id = /^([0-9a-f]{16}) {2}deploy {2}apply {2}until .* by olivia, last used /m.exec(listed.stdout)?.[1] ?? '';
    expect(await run('olivia', 'tokens', 'delete', id)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining(`Token ${id} has ended.`),
    });
    expect((await runIn({ PORTCULLIS_TOKEN: token }, null, 'show')).stderr).toContain('[pipeline-token-invalid]');

    const folder = mkdtempSync(join(tmpdir(), 'portcullis-token-'));
    const file = join(folder, 'token');
    expect(await run('olivia', 'tokens', 'create', 'reader', '--out', file)).toMatchObject({ code: 0, stdout: '' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await runIn({ PORTCULLIS_TOKEN_FILE: file }, null, 'history')).toMatchObject({ code: 0 });
    rmSync(folder, { recursive: true });
  });

  it('is told by "set" from when the list is enforced, and removes that date', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    expect(await run('olivia', 'set', '--mode', 'audit', '--enforce-from', at)).toMatchObject({ code: 0 });
    expect(await settings()).toMatchObject({ mode: 'audit', enforceFrom: at });
    expect((await run('olivia', 'show')).stdout).toMatch(/^Enforced from +\S/m);
    expect((await run('olivia', 'set', '--enforce-from', 'never')).code).toBe(0);
    expect((await settings()).enforceFrom).toBeUndefined();
    expect((await run('olivia', 'set', '--enforce-from', '2020-01-01T00:00:00Z')).stderr).toContain('in the past');
    await run('olivia', 'set', '--mode', 'enforce');
  });

  it('gives programs the settings and nothing besides', async () => {
    const { stdout, stderr } = await runIn({}, 'olivia', 'show', '--json');
    expect(RegistryAccessSettingsAnswer.parse(JSON.parse(stdout))).toEqual(await settings());
    expect(stderr).toContain('Open this address in a browser and sign in as an owner:');
  });

  it('has to say what to set', () => {
    expect(spawnSync(process.execPath, [CLI, 'hub', 'set']).status).toBe(2);
  });

  it('is told that a member may not', async () => {
    const { code, stderr } = await run('mia', 'allow', 'quay.io');
    expect(code).toBe(1);
    expect(stderr).toBe(
      'portcullis: Only auditors, registry managers and owners of acme can do this. Ask an owner of the organization to change your role. [not-allowed-for-role]\n',
    );
    expect(await entries()).not.toContainEqual(expect.objectContaining({ address: 'quay.io' }));
  });

  it('is told that an address is invalid before being asked to sign in', async () => {
    const { code, stdout, stderr } = await run('olivia', 'allow', '*');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toContain('portcullis: ');
  });

  it('is told that the sign-in was cancelled in the browser', async () => {
    const { code, stderr } = await runIn({}, 'no', 'allow', 'quay.io');
    expect(code).toBe(1);
    expect(stderr).toMatch(/^portcullis: Sign-in was cancelled\..*\[owner-sign-in-cancelled\]\n$/);
  });

  it.each(['http://127.0.0.1:1', 'nonsense'])('is told in one sentence that %s is not a hub', (address) => {
    const args = [CLI, 'hub', 'allow', 'quay.io', '--hub', address, '--org', 'acme'];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^portcullis: (Could not connect to the server 127\.0\.0\.1:1|Invalid hub URL: "nonsense")\. .*\n$/,
    );
  });
});
