import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAuthority } from '../../../main/demo/outside/certificates.ts';
import { Webhook, WebhookList, WebhookSecret, WebhookTested } from '../../../shared/schemas/hub/webhooks.ts';
import { ActivityPage } from '../../../shared/schemas/hub-schema.ts';
import { startProcess, waitFor } from '../../support/background-process.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { forgetPasswords, type PeopleClient, peopleClient } from '../../support/hub-people.ts';

const authority = createAuthority();
let folder: string;
let hub: TestHub;
let olivia: PeopleClient;
let mia: PeopleClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-webhooks-'));
  await writeFile(join(folder, 'ca.pem'), authority.certificate);
  hub = await startHub({ webhooks: { allowedNetworks: ['127.0.0.1'], caFile: join(folder, 'ca.pem') } });
  await hub.putSettings('acme', { requests: true });
  olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  mia = peopleClient(hub, 'acme', await hub.signIn('mia'));
});
afterAll(async () => {
  await hub.stop();
  await rm(folder, { recursive: true });
});

/** The receiver that docs/requests.md shows, as it stands there. */
async function sampleReceiver(secret: string, port = '0') {
  const page = await readFile('docs/requests.md', 'utf8');
  const [, code = ''] = /```js\n([\s\S]*?)```/.exec(page) ?? [];
  const { certificate, key } = authority.issue('127.0.0.1');
  const file = (name: string) => join(folder, name);
  await writeFile(file('receiver.mjs'), code);
  await writeFile(file('certificate.pem'), certificate);
  await writeFile(file('key.pem'), key, { mode: 0o600 });
  const env = {
    SECRET: secret,
    CERTIFICATE: file('certificate.pem'),
    KEY: file('key.pem'),
    HOST: '127.0.0.1',
    PORT: port,
  };
  const receiver = await startProcess([process.execPath, file('receiver.mjs')], { env });
  const listening = await waitFor('the receiver', () => /port (\d+)/.exec(receiver.output()));
  return {
    receiver,
    port: listening[1] ?? '',
    said: (text: string) => waitFor(text, () => receiver.output().includes(text)),
  };
}

const events = ['request.created', 'request.decided', 'settings.changed'];
const add = (url: string) => olivia.get(WebhookSecret, 'POST', 'webhooks', { name: 'chat', url, events });

it('the receiver of the documentation is told of requests, decisions and revisions, and takes nothing from others', async () => {
  // The address has to be known before the secret is: the port is taken once more.
  const first = await sampleReceiver('whsec_AAAA');
  await first.receiver.stop();
  const url = `https://127.0.0.1:${first.port}/`;
  const { webhook, secret } = await add(url);
  await using stack = new AsyncDisposableStack();
  const { receiver, said } = await sampleReceiver(secret, first.port);
  stack.use(receiver);

  await mia.call('POST', 'requests', { host: 'gcr.io', reason: 'the build image' });
  await said('mia asks for gcr.io: the build image');
  await olivia.call('POST', 'requests/decisions', {
    host: 'gcr.io',
    decision: { kind: 'allow', addresses: ['gcr.io'] },
  });
  await said('settings.changed');
  await said('request.decided');
  const tested = await olivia.get(WebhookTested, 'POST', `webhooks/${webhook.id}/test`);
  expect(tested.delivery).toMatchObject({ event: 'test', state: 'delivered', status: 204 });
  await said('test');

  // Another secret, and what somebody else sends.
  await olivia.get(WebhookSecret, 'POST', `webhooks/${webhook.id}/secret`);
  // Signed with both for a day: still taken.
  expect((await olivia.get(WebhookTested, 'POST', `webhooks/${webhook.id}/test`)).delivery.status).toBe(204);
  const { webhook: forger } = await olivia.get(WebhookSecret, 'POST', 'webhooks', {
    ...{ name: 'forger', url, events: ['settings.changed'] },
  });
  const forged = await olivia.get(WebhookTested, 'POST', `webhooks/${forger.id}/test`);
  expect(forged.delivery).toMatchObject({ state: 'failed', status: 401, problem: { code: 'webhook-answered' } });

  const { items } = await olivia.get(WebhookList, 'GET', 'webhooks');
  const deliveries = items.find(({ id }) => id === webhook.id)?.deliveries ?? [];
  expect(deliveries.map(({ event }) => event).sort()).toEqual([
    'request.created',
    'request.decided',
    'settings.changed',
    'test',
    'test',
  ]);
  for (const hook of items) await olivia.call('DELETE', `webhooks/${hook.id}`);
});

describe('a webhook', () => {
  it('is refused anything but https to a host', async () => {
    for (const url of [
      'http://hooks.example/',
      'https://user:secret@hooks.example/',
      'https://hooks.example/#x',
      'file:///etc/passwd',
      'ftp://hooks.example/',
      'hooks.example',
      `https://hooks.example/${'x'.repeat(2100)}`,
    ]) {
      const body = { name: 'x', url, events: ['request.created'] };
      expect([url, await olivia.outcome('POST', 'webhooks', body)]).toEqual([url, '422 webhook-url-invalid']);
    }
    expect(await olivia.outcome('POST', 'webhooks', { name: 'x', url: 'https://a.example/', events: [] })).toBe(
      '422 webhook-invalid',
    );
  });

  it('reaches no address that the operator has not allowed', async () => {
    for (const url of [
      'https://169.254.169.254/latest/meta-data/',
      'https://[::ffff:169.254.169.254]/',
      'https://10.0.0.1/',
    ]) {
      const { webhook } = await add(url);
      const { delivery } = await olivia.get(WebhookTested, 'POST', `webhooks/${webhook.id}/test`);
      expect(delivery).toMatchObject({
        state: 'failed',
        status: null,
        problem: { code: 'webhook-address-not-public' },
      });
      await olivia.call('DELETE', `webhooks/${webhook.id}`);
    }
  });

  it('is kept over a restart, with what waits for it', async () => {
    const { webhook } = await add('https://127.0.0.1:1/');
    await mia.call('POST', 'requests', { host: 'restart.example' });
    await hub.halt();
    await hub.start();
    const { items } = await olivia.get(WebhookList, 'GET', 'webhooks');
    expect(items).toMatchObject([{ id: webhook.id, deliveries: [{ event: 'request.created', state: 'waiting' }] }]);
    await olivia.call('DELETE', `webhooks/${webhook.id}`);
  });

  it('of another organization is not there', async () => {
    expect(await olivia.outcome('POST', 'webhooks/0011223344556677/test')).toBe('404 webhook-unknown');
    expect(await mia.outcome('GET', 'webhooks')).toBe('403 not-an-owner');
  });

  it('is changed only with a password entered just now, and each change is in the activity', async () => {
    const { webhook } = await add('https://hooks.example/T0/secret-path');
    await olivia.get(Webhook, 'PATCH', `webhooks/${webhook.id}`, { name: 'tickets', enabled: false });
    const { items } = await olivia.get(ActivityPage, 'GET', 'activity?action=webhook.');
    expect(items.slice(0, 2).map(({ changes }) => changes)).toEqual([
      ['renamed webhook chat to tickets', 'switched webhook chat off'],
      ['created webhook chat to hooks.example'],
    ]);
    await forgetPasswords(hub);
    for (const [method, path, body] of [
      ['POST', 'webhooks', { name: 'x', url: 'https://a.example/', events }],
      ['PATCH', `webhooks/${webhook.id}`, { url: 'https://evil.example/' }],
      ['POST', `webhooks/${webhook.id}/secret`, undefined],
      ['POST', `webhooks/${webhook.id}/test`, undefined],
      ['DELETE', `webhooks/${webhook.id}`, undefined],
    ] as const) {
      expect(await olivia.outcome(method, path, body)).toBe('403 fresh-sign-in-required');
    }
    expect(await olivia.outcome('GET', 'webhooks')).toBe('200');
  });
});
