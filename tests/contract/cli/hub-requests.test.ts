import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RequestsDecided, RequestsPage } from '../../../shared/schemas/hub/requests.ts';
import { WebhookSecret } from '../../../shared/schemas/hub/webhooks.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type PeopleClient, peopleClient } from '../../support/hub-people.ts';
import { ownerCommandLine, type Said } from '../../support/owner-command-line.ts';

let hub: TestHub;
let mia: PeopleClient;
const runtime = mkdtempSync(join(tmpdir(), 'portcullis-owner-'));
const { runIn } = ownerCommandLine(() => hub);
/** Olivia has signed in before, and is not at her browser. */
const run = (...args: string[]): Promise<Said> => runIn({ XDG_RUNTIME_DIR: runtime }, null, ...args);

beforeAll(async () => {
  hub = await startHub();
  await hub.putSettings('acme', { requests: true });
  mia = peopleClient(hub, 'acme', await hub.signIn('mia'));
  expect((await runIn({ XDG_RUNTIME_DIR: runtime }, 'olivia', 'sign-in')).code).toBe(0);
});
afterAll(async () => {
  rmSync(runtime, { recursive: true });
  await hub.stop();
});

describe('requests at the command line', () => {
  it('are listed with who asks and why, and decided', async () => {
    for (const host of ['ghcr.io', 'quay.io', 'nvcr.io', 'ghrc.io', 'gcr.io']) {
      await mia.call('POST', 'requests', { host, subject: `${host}/a/b`, reason: 'our base image' });
    }
    const list = await run('requests', 'list');
    expect(list.stdout).toContain('ghcr.io (GitHub Container Registry)  1 person asks\n');
    expect(list.stdout).toContain('  mia: our base image\n    ghcr.io/a/b\n  needs: ghcr.io; pkg-containers');
    expect(list.stdout).toContain('WARNING: it is not ghcr.io, but looks like it.');
    const found = await run('requests', 'list', '--search', 'quay', '--json');
    expect(RequestsPage.shape.items.parse(JSON.parse(found.stdout).items)).toMatchObject([{ host: 'quay.io' }]);

    expect(await run('requests', 'allow', 'ghcr.io')).toMatchObject({
      code: 0,
      stdout: 'Allowed ghcr.io. 1 request is settled, with revision 3.\n',
    });
    const until = await run('requests', 'allow', 'gcr.io', '--until', '2099-12-04T18:00:00+01:00', '--json');
    expect(RequestsDecided.parse(JSON.parse(until.stdout))).toEqual({ revision: 4, decided: 1 });
    // Nobody allows a look-alike without naming it.
    expect(await run('requests', 'allow', 'ghrc.io')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Name what to allow, with --address: ghrc.io.'),
    });
    expect((await run('requests', 'decline', 'ghrc.io', '--reason', 'A slip: it is ghcr.io.')).stdout).toBe(
      'Declined ghrc.io. 1 request is settled.\n',
    );
    expect((await run('requests', 'mirror', 'nvcr.io', 'harbor.acme.example/nvcr')).stdout).toContain(
      'Suggested harbor.acme.example/nvcr for nvcr.io. 1 request is settled',
    );
    expect((await run('requests', 'list', '--decided')).stdout).toContain(
      'declined: A slip: it is ghcr.io., by olivia',
    );
    expect((await run('requests', 'list', '--blocked')).stdout).toContain('No machine reports');
    expect(await run('requests', 'allow', 'nobody.example')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('There is no open request for nobody.example any more.'),
    });
  });
});

describe('webhooks at the command line', () => {
  it('are added, changed, tested and deleted; the secret is printed once', async () => {
    const added = await run(
      'webhooks',
      'add',
      'chat',
      'https://127.0.0.1/hook',
      '--event',
      'request.created',
      '--json',
    );
    const { webhook, secret } = WebhookSecret.parse(JSON.parse(added.stdout));
    expect(secret).toMatch(/^whsec_/);
    expect((await run('webhooks', 'list')).stdout).toBe(
      `${webhook.id}  chat  on  https://127.0.0.1/hook  request.created\n`,
    );
    expect((await run('webhooks', 'test', webhook.id)).stdout).toContain(
      'The test was not delivered.\n127.0.0.1 leads to an address that is not on the public internet.',
    );
    expect((await run('webhooks', 'secret', webhook.id)).stdout).toMatch(/^ {2}whsec_\S+$/m);
    expect((await run('webhooks', 'change', webhook.id, '--off', '--event', 'settings.changed')).stdout).toBe(
      'chat is off: settings.changed to https://127.0.0.1/hook\n',
    );
    expect(await run('webhooks', 'change', webhook.id)).toMatchObject({ code: 2 });
    expect(await run('webhooks', 'delete', webhook.id)).toMatchObject({ code: 0 });
    expect((await run('webhooks', 'list')).stdout).toBe('acme has no webhooks.\n');
  });
});
