import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Invited, PeoplePage } from '../../../shared/schemas/hub/people.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { forgetPasswords, GOOD_PASSWORD, setPassword } from '../../support/hub-people.ts';
import { ownerCommandLine, type Said } from '../../support/owner-command-line.ts';

let hub: TestHub;
const runtime = mkdtempSync(join(tmpdir(), 'portcullis-owner-'));
const { runIn } = ownerCommandLine(() => hub);
/** Olivia has signed in before, and is not at her browser. */
const run = (...args: string[]): Promise<Said> => runIn({ XDG_RUNTIME_DIR: runtime }, null, ...args);

beforeAll(async () => {
  hub = await startHub();
  expect((await runIn({ XDG_RUNTIME_DIR: runtime }, 'olivia', 'sign-in')).code).toBe(0);
});
afterAll(async () => {
  rmSync(runtime, { recursive: true });
  await hub.stop();
});

describe('an owner at the command line', () => {
  it('invites, lists, changes, resets and removes a person', async () => {
    const invited = await run('people', 'invite', 'Nina', '--role', 'auditor', '--name', 'Nina Ng');
    expect(invited).toMatchObject({ code: 0, stderr: '' });
    expect(invited.stdout).toContain('Invited nina to acme as auditor.\nSend them this link. It is shown only now');
    const url = /^ {2}(\S+)$/m.exec(invited.stdout)?.[1] ?? '';
    expect(await setPassword(url)).toMatchObject({ status: 200 });
    await hub.signIn('nina', GOOD_PASSWORD);

    const list = await run('people', 'list');
    expect(list.stdout).toMatch(/^mia {5}member {3}never signed in/m);
    expect(list.stdout).toMatch(/^nina {4}auditor {2}\w.+ Nina Ng$/m);
    const found = await run('people', 'list', '--search', 'ng', '--json');
    expect(PeoplePage.shape.items.parse(JSON.parse(found.stdout).items)).toMatchObject([{ username: 'nina' }]);

    expect((await run('teams', 'create', 'platform')).code).toBe(0);
    expect(await run('people', 'change', 'NINA', '--role', 'registry-manager', '--team', 'platform')).toMatchObject({
      code: 0,
      stdout: 'nina is now registry-manager of acme, in platform.\n',
    });
    expect((await run('teams', 'list')).stdout).toBe('platform  1 person\n');
    expect((await run('teams', 'rename', 'platform', 'infra')).stdout).toBe('Team platform is called infra now.\n');
    expect((await run('people', 'change', 'nina', '--no-team')).stdout).toContain('in no team.');
    expect((await run('teams', 'delete', 'infra')).code).toBe(0);

    const reset = await run('people', 'reset', 'nina');
    expect(reset.stdout).toContain('The password of nina is void, and all their sign-ins have ended.');
    await expect(hub.signIn('nina', GOOD_PASSWORD)).rejects.toThrow();

    const removed = await run('people', 'remove', 'nina');
    expect(removed.stdout).toMatch(
      /^Removed nina from acme\.\nThe account is deleted\. The activity calls it person#\w{8}\.\n$/,
    );
    expect(await run('people', 'remove', 'nina')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('This person does not belong to acme.'),
    });
  });

  it('is told why the last owner stays, and what is wrong with a name', async () => {
    const refused = await run('people', 'change', 'olivia', '--role', 'member');
    expect(refused.stderr).toContain('olivia is the only owner of acme who can sign in.');
    expect(refused.stderr).toContain('[last-owner]');
    expect((await run('people', 'invite', 'a b')).stderr).toContain('/username: This user name is not valid.');
    expect(await run('people', 'change', 'mia')).toMatchObject({ code: 2 });
  });

  it('gets JSON and nothing else on standard output', async () => {
    const { stdout } = await run('people', 'invite', 'jay', '--json');
    expect(Invited.parse(JSON.parse(stdout))).toMatchObject({ person: { username: 'jay', role: 'member' } });
  });

  it('enters the password again for what concerns owners, and is kept signed in with that', async () => {
    await forgetPasswords(hub);
    const env = { XDG_RUNTIME_DIR: runtime };
    expect(await runIn(env, null, 'people', 'invite', 'kim')).toMatchObject({ code: 0 });
    const owner = await runIn(env, 'olivia', 'people', 'invite', 'leo', '--role', 'owner');
    expect(owner).toMatchObject({ code: 0 });
    expect(owner.stdout).toContain('This takes a password entered just now.\nOpen this address');
    expect(owner.stdout).toContain('Invited leo to acme as owner.');
    expect(await runIn(env, null, 'people', 'invite', 'lea', '--role', 'owner')).toMatchObject({ code: 0 });
    expect(await runIn(env, null, 'set', '--restrictions', 'off')).toMatchObject({ code: 0 });
  });
});
