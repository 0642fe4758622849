import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CommandText, runCommand, runOrThrow, textOf } from '../../main/platform/process/run-command.ts';

const PROJECT = join(import.meta.dirname, '../..');
const ANSIBLE = join(PROJECT, 'build/mdm/ansible');
const TIMEOUT = 240_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ansible-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (command: readonly string[], cwd = ANSIBLE) =>
  textOf(await runCommand(command, { timeout: TIMEOUT, cwd, env: { ...process.env, HOME: folder } }));

describe('the Ansible role, read', () => {
  const lint = (at: string) => run(['ansible-lint', '--offline', '--strict', '-p', 'site.yml', 'roles/portcullis'], at);

  it('is clean for ansible-lint in its strictest profile, which sees a fault', async () => {
    expect(await lint(ANSIBLE)).toMatchObject({ code: 0 });
    const faulty = join(folder, 'faulty');
    await cp(ANSIBLE, faulty, { recursive: true });
    const tasks = join(faulty, 'roles/portcullis/tasks/absent.yml');
    await writeFile(tasks, (await readFile(tasks, 'utf8')).replace('ansible.builtin.apt:', 'apt:'));
    expect((await lint(faulty)).code).not.toBe(0);
  });

  it('passes the syntax check of Ansible itself', async () => {
    expect(await run(['ansible-playbook', '--syntax-check', '-i', 'localhost,', 'site.yml'])).toMatchObject({
      code: 0,
    });
  });
});

describe('the extension attribute for Jamf Pro', () => {
  it('is clean for ShellCheck, as a script of a shell that is no bash', async () => {
    const script = join(PROJECT, 'build/mdm/jamf/portcullis-state.sh');
    expect(await run(['shellcheck', '--shell=sh', '--severity=style', script])).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    });
  });
});

const key = {
  kid: 'k',
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  organizations: ['acme'],
};
const wanted = {
  portcullis_organizations: ['acme'],
  portcullis_hub: 'https://portcullis.example.com',
  portcullis_policy_keys: { keys: [key] },
  portcullis_settings: { supportContact: 'it@acme.example' },
};

/** The program as the role meets it: checks of the configuration are real, the engines are a file. */
const PLAYED = `#!/bin/sh
echo "$*" >>/var/log/portcullis-calls
case "$1 $2" in
  "managed-config check") exec "${process.execPath}" "${PROJECT}/main/cli/index.ts" "$@" ;;
  "gateway status") exit 0 ;;
  "engine audit") test -e /var/lib/attached || exit 4 ;;
  "engine attach") touch /var/lib/attached ;;
  "engine detach") rm -f /var/lib/attached ;;
  *) exit 2 ;;
esac
`;

/**
 * Runs playbooks one after the other on a view of this machine of their own: what they write to /etc, /usr and /var is gone
 * afterwards. Each `play` is the arguments of ansible-playbook; its result is a line of its own.
 */
async function onThisMachine(script: string): Promise<CommandText> {
  const overlays = ['etc', 'usr', 'var']
    .map(
      (name) =>
        `mkdir -p $t/${name} $t/${name}.work; mount -t overlay -o lowerdir=/${name},upperdir=$t/${name},workdir=$t/${name}.work overlay /${name}`,
    )
    .join('\n');
  const body = `set -e
    t=${folder}/machine; mkdir -p $t; mount -t tmpfs tmpfs $t
    ${overlays}
    rm -rf /etc/portcullis
    play() { ansible-playbook -i localhost, -c local ${ANSIBLE}/site.yml "$@" >$t/said 2>&1 || { echo FAILED; grep -E 'fatal|msg' $t/said | head -5; return 0; }; grep -Eo '(ok|changed|failed)=[0-9]+' $t/said | tr '\\n' ' '; echo; }
    ${script}`;
  return textOf(
    await runCommand(['unshare', '--mount', '--propagation', 'private', 'bash', '-c', body], {
      timeout: TIMEOUT,
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        HOME: folder,
        LC_ALL: 'C.UTF-8',
        ANSIBLE_LOCALHOST_WARNING: 'False',
      },
    }),
  );
}

async function packageOf(): Promise<string> {
  const tree = join(folder, 'package');
  await mkdir(join(tree, 'DEBIAN'), { recursive: true });
  await mkdir(join(tree, 'usr/bin'), { recursive: true });
  await writeFile(
    join(tree, 'DEBIAN/control'),
    'Package: portcullis-gateway\nVersion: 0.1.0\nArchitecture: all\nMaintainer: tests <t@example.com>\nDescription: played\n',
  );
  await writeFile(join(tree, 'usr/bin/portcullis'), PLAYED);
  await chmod(join(tree, 'usr/bin/portcullis'), 0o755);
  const deb = join(folder, 'portcullis-gateway.deb');
  await runOrThrow(runCommand, ['dpkg-deb', '--build', '--root-owner-group', tree, deb]);
  return deb;
}

describe('the Ansible role, on a view of this machine with a played program', () => {
  let args: string;
  beforeAll(async () => {
    const deb = await packageOf();
    await writeFile(join(folder, 'vars.json'), JSON.stringify({ ...wanted, portcullis_package: deb }));
    args = `-e @${folder}/vars.json`;
  });

  it.each([
    ['no key signs for an organization', { portcullis_organizations: ['acme', 'globex'] }],
    ['a setting is wrong', { portcullis_settings: { refreshMinutes: 0 } }],
    ['the server is none', { portcullis_hub: 'portcullis.example.com' }],
  ])('fails and writes nothing where %s', async (_what, changed) => {
    await writeFile(join(folder, 'changed.json'), JSON.stringify(changed));
    const { stdout } = await onThisMachine(
      `play ${args} -e @${folder}/changed.json; ls /etc/portcullis 2>&1 || true; ls -d /tmp/portcullis.* 2>/dev/null || true`,
    );
    expect(stdout).toMatch(/^FAILED\n/);
    expect(stdout).toMatch(/ls: cannot access '\/etc\/portcullis'[^\n]*\n$/);
  });
});
