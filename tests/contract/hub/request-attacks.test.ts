import { once } from 'node:events';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  AccessRequest,
  MAX_OPEN_REQUESTS,
  MAX_REQUESTS_A_DAY,
  MyRequests,
  RequestsDecided,
  RequestsPage,
} from '../../../shared/schemas/hub/requests.ts';
import { ActivityPage, RegistryAccessSettingsAnswer } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { type PeopleClient, peopleClient } from '../../support/hub-people.ts';

let hub: TestHub;
let olivia: PeopleClient;
let mia: PeopleClient;
let gus: PeopleClient;
beforeAll(async () => {
  hub = await startHub({
    organizations: [{ name: 'acme' }, { name: 'globex' }],
    users: [
      { username: 'olivia', organizations: [{ name: 'acme', role: 'owner' }] },
      ...['mia', 'noah', 'flo', 'zoe'].map((username) => ({
        username,
        organizations: [{ name: 'acme', role: 'member' as const }],
      })),
      { username: 'rita', organizations: [{ name: 'acme', role: 'registry-manager' }] },
      { username: 'gus', organizations: [{ name: 'globex', role: 'owner' }] },
    ],
  });
  await hub.putSettings('acme', { requests: true });
  olivia = peopleClient(hub, 'acme', await hub.signIn('olivia'));
  mia = peopleClient(hub, 'acme', await hub.signIn('mia'));
  gus = peopleClient(hub, 'globex', await hub.signIn('gus'));
});
afterAll(() => hub.stop());

const queue = () => olivia.get(RequestsPage, 'GET', 'requests');
const ask = (who: PeopleClient, host: string, more: object = {}) =>
  who.get(AccessRequest, 'POST', 'requests', { host, ...more });
const revision = async () =>
  (await olivia.get(RegistryAccessSettingsAnswer, 'GET', 'registry-access/settings')).revision;

/** Sends the head of a call, waits until the hub has it, does `meanwhile`, and sends the body then. */
async function slowly(
  token: string,
  path: string,
  body: object,
  meanwhile: () => Promise<unknown>,
): Promise<{ status: number; text: string }> {
  const content = JSON.stringify(body);
  const call = request(`${hub.url}/v1/orgs/acme/${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(content),
      // Answered once the hub has checked the head and begins to read.
      expect: '100-continue',
    },
  });
  call.flushHeaders();
  await once(call, 'continue');
  call.write(content.slice(0, 1));
  // Another call of the same connection order: by then the first has been looked at.
  await meanwhile();
  call.end(content.slice(1));
  const [response] = await once(call, 'response');
  let text = '';
  for await (const chunk of response) text += chunk;
  return { status: response.statusCode, text };
}

describe('a host', () => {
  it('with another one smuggled in is no host', async () => {
    for (const host of [
      'https://gcr.io',
      'gcr.io/evil.example',
      'gcr.io\\evil.example',
      'gcr.io@evil.example',
      'gcr.io#evil.example',
      'gcr.io?evil.example',
      'gcr.io evil.example',
      'gcr.io\nevil.example',
      'gcr.io\u0000.evil.example',
      'gcr.io,evil.example',
      'gcr.io%2eevil.example',
      '*.evil.example',
      '*',
      '.',
      'gcr.io:0',
      'gcr.io:70000',
      'gcr.io:443:80',
      'fe80::1%eth0',
      '0x7f.1',
      '{"address":"evil.example"}',
      '"},{"address":"evil.example',
      'n123.probe.portcullis.internal',
      'a'.repeat(400),
    ]) {
      expect([host, await mia.outcome('POST', 'requests', { host })]).toEqual([host, '422 request-host-invalid']);
    }
    expect((await queue()).items).toEqual([]);
  });

  it('in the clothes of another is shown as what it is, and never ticked', async () => {
    for (const [host, lookAlike] of [
      ['dосker.io', 'docker.io'],
      ['ghrc.io', 'ghcr.io'],
      ['docker.io.evil.example', 'docker.io'],
    ] as const) {
      const { host: asked } = await ask(mia, host);
      const row = (await queue()).items.find((one) => one.host === asked);
      expect(row).toMatchObject({ lookAlike, needs: [{ address: asked, preselected: false }] });
      expect(asked).toMatch(/^[\x21-\x7e]+$/);
    }
  });

  it('that is asked for cannot bring another one into the list: only what the owner names is added', async () => {
    const row = await ask(mia, 'plain.example', {
      subject: 'plain.example/a, and "},{"address":"evil.example',
      reason: 'please allow evil.example as well',
    });
    const body = { host: 'plain.example', ids: [row.id], decision: { kind: 'allow', addresses: ['plain.example'] } };
    await olivia.get(RequestsDecided, 'POST', 'requests/decisions', body);
    const { registries } = await olivia.get(RegistryAccessSettingsAnswer, 'GET', 'registry-access/settings');
    expect(registries.map(({ address }) => address)).toEqual(['docker.io', 'plain.example']);
  });
});

describe('what is said with a request', () => {
  it('steers no terminal and reverses no line', async () => {
    for (const reason of ['\u001b[2J', 'a\u202eb', 'a\u0007', 'x'.repeat(501)]) {
      expect(await mia.outcome('POST', 'requests', { host: 'said.example', reason })).toBe('422 request-invalid');
      expect(await mia.outcome('POST', 'requests', { host: 'said.example', subject: `${reason}${reason}` })).toBe(
        '422 request-invalid',
      );
    }
    const { reason } = await ask(mia, 'said.example', { reason: ' two\r\nlines\t<b>&amp; ' });
    expect(reason).toBe('two lines <b>&amp;');
  });

  it('cannot set what the hub decides', async () => {
    const sent = await ask(mia, 'fields.example', { state: 'allowed', id: 'x', sub: 'olivia', decided: { at: 'now' } });
    expect(sent).toMatchObject({ state: 'open' });
    expect(sent.id).not.toBe('x');
    expect((await queue()).items.find(({ host }) => host === 'fields.example')?.asked[0]?.username).toBe('mia');
  });
});

describe('another organization', () => {
  it('can neither ask, nor see, nor decide here', async () => {
    const { id } = await ask(mia, 'ours.example');
    const there = peopleClient(hub, 'acme', await hub.signIn('gus'));
    const body = { host: 'ours.example', decision: { kind: 'decline', reason: 'x' } };
    for (const [method, path, sent] of [
      ['GET', 'requests', undefined],
      ['GET', 'requests/mine', undefined],
      ['GET', 'requests/blocked', undefined],
      ['POST', 'requests', { host: 'theirs.example' }],
      ['POST', 'requests/decisions', body],
      ['DELETE', `requests/${id}`, undefined],
    ] as const) {
      expect(await there.outcome(method, path, sent)).toBe('403 not-a-member');
    }
    // By an id of this one, in its own organization.
    expect(await gus.outcome('POST', 'requests/decisions', { ...body, ids: [id] })).toBe(
      '409 requests-decided-meanwhile',
    );
    expect(await gus.outcome('DELETE', `requests/${id}`)).toBe('404 request-unknown');
    expect((await gus.get(RequestsPage, 'GET', 'requests')).items).toEqual([]);
    expect((await mia.get(MyRequests, 'GET', 'requests/mine')).items.find((one) => one.id === id)?.state).toBe('open');
  });

  it('decides nothing by an id under another host', async () => {
    const { id } = await ask(mia, 'under.example');
    const outcome = await olivia.outcome('POST', 'requests/decisions', {
      ...{ host: 'another.example', ids: [id] },
      decision: { kind: 'allow', addresses: ['another.example'] },
    });
    expect(outcome).toBe('409 requests-decided-meanwhile');
    const { registries } = await olivia.get(RegistryAccessSettingsAnswer, 'GET', 'registry-access/settings');
    expect(registries.map(({ address }) => address)).not.toContain('another.example');
  });
});

describe('a body that takes its time', () => {
  it('asks for nothing once its sender is removed', async () => {
    const { sub } = await olivia.person('zoe');
    const token = await hub.signIn('zoe');
    const { status, text } = await slowly(token, 'requests', { host: 'slow.example' }, () =>
      olivia.call('DELETE', `people/${sub}`),
    );
    expect([status, JSON.parse(text).code]).toEqual([403, 'not-a-member']);
    expect((await queue()).items.map(({ host }) => host)).not.toContain('slow.example');
  });

  it('decides nothing once its sender may not any more', async () => {
    await ask(mia, 'slowly.example');
    const { sub } = await olivia.person('rita');
    const before = await revision();
    const body = { host: 'slowly.example', decision: { kind: 'allow', addresses: ['slowly.example'] } };
    const { status, text } = await slowly(await hub.signIn('rita'), 'requests/decisions', body, () =>
      olivia.call('PATCH', `people/${sub}`, { role: 'auditor' }),
    );
    expect([status, JSON.parse(text).code]).toEqual([403, 'not-allowed-for-role']);
    expect(await revision()).toBe(before);
  });
});

describe('a flood', () => {
  it(`ends at ${MAX_OPEN_REQUESTS} open requests, and at ${MAX_REQUESTS_A_DAY} a day whatever becomes of them`, async () => {
    const flo = peopleClient(hub, 'acme', await hub.signIn('flo'));
    let sent = 0;
    const open: string[] = [];
    while (open.length < MAX_OPEN_REQUESTS) {
      sent += 1;
      open.push((await ask(flo, `n${sent}.flood.example`)).id);
    }
    const oneMore = () => flo.outcome('POST', 'requests', { host: 'more.flood.example' });
    expect(await oneMore()).toBe('429 requests-too-many-open');
    // The same again is no new one.
    expect(await flo.outcome('POST', 'requests', { host: 'n1.flood.example' })).toBe('200');
    while (sent < MAX_REQUESTS_A_DAY) {
      expect(await retried(() => flo.outcome('DELETE', `requests/${open.shift() ?? ''}`))).toBe('204');
      sent += 1;
      const host = `n${sent}.flood.example`;
      expect(await retried(() => flo.outcome('POST', 'requests', { host }))).toBe('201');
      const mine = await flo.get(MyRequests, 'GET', 'requests/mine');
      open.push(mine.items.find((one) => one.host === host)?.id ?? '');
    }
    expect(await retried(() => flo.outcome('DELETE', `requests/${open.shift() ?? ''}`))).toBe('204');
    expect(await retried(oneMore)).toBe('429 requests-too-many-today');
    // Nobody else is kept from asking.
    expect(await mia.outcome('POST', 'requests', { host: 'calm.example' })).toBe('201');
  });

  /** Changes of one person are slowed down too. */
  async function retried(call: () => Promise<string>): Promise<string> {
    for (;;) {
      const outcome = await call();
      if (outcome !== '429 too-many-changes') return outcome;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
});

describe('whoever leaves', () => {
  it('takes their open requests along, and what they wrote where their account is deleted', async () => {
    const noah = peopleClient(hub, 'acme', await hub.signIn('noah'));
    const { id } = await ask(noah, 'decided.example', { subject: 'decided.example/noah', reason: 'noah wants it' });
    await ask(noah, 'left.example', { reason: 'noah wants that too' });
    const body = { host: 'decided.example', ids: [id], decision: { kind: 'decline', reason: 'no' } };
    await olivia.get(RequestsDecided, 'POST', 'requests/decisions', body);
    const { sub } = await olivia.person('noah');
    await olivia.call('DELETE', `people/${sub}`);
    expect((await queue()).items.map(({ host }) => host)).not.toContain('left.example');
    const decided = await olivia.get(RequestsPage, 'GET', 'requests?state=decided');
    const row = decided.items.find(({ host }) => host === 'decided.example');
    expect(row?.asked).toEqual([{ id, sub, username: `person#${sub.slice(0, 8)}`, teams: [], at: expect.any(String) }]);
    expect(JSON.stringify(decided)).not.toContain('noah');
    const { items } = await olivia.get(ActivityPage, 'GET', 'activity');
    expect(JSON.stringify(items.filter(({ action }) => action === 'request.decided'))).not.toContain('noah');
  });
});
