import { type ClientRequest, request } from 'node:http';
import { createParser } from 'eventsource-parser';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  ActivityPage,
  HubError,
  type RegistryAccessSettings,
  RegistryAccessSettingsAnswer,
} from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';

let hub: TestHub;
let olivia: string;
let mia: string;
beforeAll(async () => {
  hub = await startHub({ heartbeatSeconds: 1 });
  [olivia, mia] = await Promise.all([hub.signIn('olivia'), hub.signIn('mia')]);
});
afterAll(() => hub.stop());

const SETTINGS: RegistryAccessSettings = {
  enabled: true,
  mode: 'enforce',
  registries: [{ address: 'docker.io', nickname: 'Docker Hub' }],
};
let revision = 1;
const PATIENCE = { timeout: 60_000, interval: 50 };

const call = (path: string, token: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${hub.url}/v1/orgs/acme/${path}`, { ...init, headers: { authorization: `Bearer ${token}`, ...init.headers } });

function put(body: unknown, headers: Record<string, string> = {}, token = olivia): Promise<Response> {
  return call('registry-access/settings', token, {
    method: 'PUT',
    headers: { 'content-type': 'application/json', 'if-match': `"${revision}"`, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

async function currentSettings(): Promise<RegistryAccessSettingsAnswer> {
  return RegistryAccessSettingsAnswer.parse(await (await call('registry-access/settings', olivia)).json());
}

beforeEach(async () => {
  ({ revision } = await currentSettings());
});

describe('settings', () => {
  it('come with their revision, which is their entity tag', async () => {
    const response = await call('registry-access/settings', olivia);
    expect(response.headers.get('etag')).toBe(`"${revision}"`);
    expect(await response.json()).toMatchObject({ ...SETTINGS, revision });
  });

  it('become the next revision and the current policy when an owner saves them', async () => {
    const registries = [...SETTINGS.registries, { address: 'ghcr.io', nickname: 'GitHub' }, { address: 'quay.io' }];
    const response = await put({ ...SETTINGS, registries, contact: 'platform@acme.example' });
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe(`"${revision + 1}"`);
    expect(await response.json()).toEqual({
      ...SETTINGS,
      registries,
      contact: 'platform@acme.example',
      ...{ grants: [], hints: [], requests: false },
      revision: revision + 1,
      changes: [
        { kind: 'contact', from: null, to: 'platform@acme.example' },
        { kind: 'added', address: 'ghcr.io', nickname: 'GitHub' },
        { kind: 'added', address: 'quay.io' },
      ],
    });

    const jws = await (await call('registry-access', mia)).text();
    const claims: unknown = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ registries, contact: 'platform@acme.example', revision: revision + 1 });
    expect(await (await put(SETTINGS, { 'if-match': `"${revision + 1}"` })).json()).not.toHaveProperty('contact');
  });

  it('store a pasted address as its host', async () => {
    const response = await put({ ...SETTINGS, registries: [{ address: 'https://GHCR.io/acme/' }] });
    expect(await response.json()).toMatchObject({
      registries: [{ address: 'ghcr.io' }],
      notices: [{ pointer: '/registries/0/address', code: 'address-path-dropped', args: { address: 'ghcr.io' } }],
    });
    expect((await put(SETTINGS, { 'if-match': `"${revision + 1}"` })).status).toBe(200);
  });

  it('keep their revision when they are saved unchanged', async () => {
    const { revision: _revision, ...same } = await currentSettings();
    const response = await put(same);
    expect(response.status).toBe(200);
    expect(response.headers.get('etag')).toBe(`"${revision}"`);
  });

  it('are parsed the same however long the list is', async () => {
    const registries = Array.from({ length: 30_000 }, (_, index) => ({ address: `r${index}.registries.example` }));
    const spoiled = await put({ ...SETTINGS, registries: registries.with(29_999, { address: 'no host' }) });
    expect(HubError.parse(await spoiled.json()).errors).toMatchObject([{ pointer: '/registries/29999/address' }]);

    const saved = await put({ ...SETTINGS, registries });
    expect(saved.headers.get('etag')).toBe(`"${revision + 1}"`);
    const back = await put(SETTINGS, { 'if-match': `"${revision + 1}"` });
    expect(await back.json()).toMatchObject({ ...SETTINGS, revision: revision + 2 });
  });

  it('are not overwritten blindly: 428 without If-Match, 412 with an old one, which names the current revision', async () => {
    const bare = await call('registry-access/settings', olivia, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(SETTINGS),
    });
    expect(bare.status).toBe(428);
    expect(HubError.parse(await bare.json())).toMatchObject({ code: 'if-match-required' });

    for (const tag of [`"${revision - 1}"`, `W/"${revision}"`, 'nonsense']) {
      const conflict = await put({ ...SETTINGS, mode: 'audit' }, { 'if-match': tag });
      expect(conflict.status).toBe(412);
      expect(conflict.headers.get('etag')).toBe(`"${revision}"`);
      expect(HubError.parse(await conflict.json())).toMatchObject({ code: 'revision-conflict', organization: 'acme' });
    }
    expect(await currentSettings()).toMatchObject({ revision, mode: 'enforce' });
  });

  it('are saved once when two owners save at the same moment; the other gets a conflict', async () => {
    const answers = await Promise.all(
      ['one.example', 'two.example'].map((address) => put({ ...SETTINGS, registries: [{ address }] })),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 412]);
    expect((await currentSettings()).revision).toBe(revision + 1);
    expect((await put(SETTINGS, { 'if-match': `"${revision + 1}"` })).status).toBe(200);
  });

  it('cannot be saved by a member', async () => {
    const response = await put({ ...SETTINGS, enabled: false }, {}, mia);
    expect(response.status).toBe(403);
    expect(HubError.parse(await response.json())).toMatchObject({ code: 'not-allowed-for-role' });
  });

  it.each<[string, unknown, string, string, RegExp]>([
    ['invalid JSON', '{"enabled":', '', 'settings-not-json', /JSON/],
    [
      'bytes that are not UTF-8',
      new TextDecoder('latin1').decode(new Uint8Array([0x22, 0xff])),
      '',
      'settings-not-json',
      /JSON/,
    ],
    ['a member missing', { enabled: true, registries: [] }, '/mode', 'setting-invalid', /not valid/],
    ['a wrong type', { ...SETTINGS, enabled: 'yes' }, '/enabled', 'setting-invalid', /boolean/],
    [
      'an empty address',
      { ...SETTINGS, registries: [{ address: '' }] },
      '/registries/0/address',
      'setting-invalid',
      /not valid/,
    ],
    [
      'the same address twice',
      { ...SETTINGS, registries: [{ address: 'a.example' }, { address: 'b.example' }, { address: 'a.example' }] },
      '/registries/2/address',
      'registry-listed-twice',
      /a\.example is listed twice/,
    ],
    [
      'the same address in two spellings',
      { ...SETTINGS, registries: [{ address: 'ghcr.io' }, { address: 'https://GHCR.IO/' }] },
      '/registries/1/address',
      'registry-listed-twice',
      /ghcr\.io is listed twice/,
    ],
    [
      'an address that would allow everything',
      { ...SETTINGS, registries: [{ address: '*' }] },
      '/registries/0/address',
      'address-everything',
      /would allow every host/,
    ],
  ])('with %s are rejected, and the place is named', async (_what, body, pointer, code, detail) => {
    const response = await put(body);
    expect(response.status).toBe(422);
    const problem = HubError.parse(await response.json());
    expect(problem.code).toBe('settings-invalid');
    expect(problem.errors?.[0]).toMatchObject({ pointer, code, detail: expect.stringMatching(detail) });
    expect((await currentSettings()).revision).toBe(revision);
  });

  it('must be sent as JSON', async () => {
    expect((await put(SETTINGS, { 'content-type': 'text/plain' })).status).toBe(415);
  });
});

describe('activity', () => {
  it('records who changed what, when and to which revision, newest first', async () => {
    const before = Date.now();
    await put({ ...SETTINGS, mode: 'audit', registries: [{ address: 'ghcr.io', nickname: 'GitHub' }] });
    revision += 1;
    await put({ ...SETTINGS, mode: 'audit', registries: [{ address: 'ghcr.io', nickname: 'GH' }] });
    const { items } = ActivityPage.parse(await (await call('activity', olivia)).json());
    expect(items.slice(0, 2)).toMatchObject([
      {
        actor: 'olivia',
        action: 'settings.changed',
        changes: ['renamed ghcr.io (GitHub) to GH'],
        revision: revision + 1,
      },
      {
        actor: 'olivia',
        action: 'settings.changed',
        changes: ['switched to audit', 'added ghcr.io (GitHub)', 'removed docker.io (Docker Hub)'],
        revision,
      },
    ]);
    expect(Date.parse(items[0]?.at ?? '')).toBeGreaterThanOrEqual(before);
    expect(items.at(-1)).toMatchObject({ action: 'organization.created', revision: 1 });
  });

  it('comes in pages without gaps or repeats', async () => {
    const all = ActivityPage.parse(await (await call('activity?limit=200', olivia)).json());
    expect(all.next).toBeNull();
    const seen: number[] = [];
    let next: string | null = '';
    while (next !== null) {
      const cursor = next === '' ? '' : `&cursor=${next}`;
      const page = ActivityPage.parse(await (await call(`activity?limit=2${cursor}`, olivia)).json());
      seen.push(...page.items.map(({ id }) => id));
      next = page.next;
    }
    expect(seen).toEqual(all.items.map(({ id }) => id));
    expect((await call('activity?limit=201', olivia)).status).toBe(400);
    expect((await call('activity?cursor=x', olivia)).status).toBe(400);
  });
});

/** The stream's events, one at a time, and its comments. */
async function openEvents(token: string, headers: Record<string, string> = {}) {
  const controller = new AbortController();
  const response = await call('registry-access/events', token, { headers, signal: controller.signal });
  const waiting: ((item: string) => void)[] = [];
  const arrived: string[] = [];
  const deliver = (item: string): void => {
    const receive = waiting.shift();
    if (receive === undefined) arrived.push(item);
    else receive(item);
  };
  const parser = createParser({
    onEvent: ({ id, event, data }) => deliver(`${id} ${event} ${data}`),
    onComment: (comment) => deliver(`:${comment}`),
  });
  const reading = (async () => {
    for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) parser.feed(chunk);
    deliver('end');
  })().catch(() => undefined);
  const next = (): Promise<string> => {
    const item = arrived.shift();
    return item === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(item);
  };
  const nextEvent = async (): Promise<string> => {
    const item = await next();
    return item.startsWith(':') ? nextEvent() : item;
  };
  const close = async (): Promise<void> => {
    controller.abort();
    await reading;
  };
  return { response, next, nextEvent, close };
}

describe('events', () => {
  const eventOf = (number: number): string => `${number} revision {"org":"acme","revision":${number}}`;

  it('send the current revision at once, and each new one when it is saved', async () => {
    const events = await openEvents(mia);
    expect(events.response.headers.get('content-type')).toContain('text/event-stream');
    expect(await events.nextEvent()).toBe(eventOf(revision));
    await put({ ...SETTINGS, contact: `change ${revision}` });
    expect(await events.nextEvent()).toBe(eventOf(revision + 1));
    await events.close();
  });

  it('send the current revision on reconnecting only if it was missed', async () => {
    const behind = await openEvents(mia, { 'last-event-id': String(revision - 1) });
    expect(await behind.nextEvent()).toBe(eventOf(revision));
    await behind.close();

    const upToDate = await openEvents(mia, { 'last-event-id': String(revision) });
    expect(await upToDate.next()).toBe(':still here');
    await upToDate.close();
  });

  it('end when the token they were opened with is revoked', async () => {
    const tokens = await hub.signInTokens('mia');
    const events = await openEvents(tokens.access_token);
    expect(await events.nextEvent()).toBe(eventOf(revision));
    await fetch(`${hub.url}/oidc/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: 'portcullis-desktop', token: tokens.refresh_token ?? '' }),
    });
    expect(await events.nextEvent()).toBe('end');
  });
});

describe('a large list', () => {
  const large = JSON.stringify({ ...SETTINGS, contact: 'platform@acme.example' }) + ' '.repeat(2 * 1024 * 1024);
  const ANY = { 'if-match': '*' };

  /** An upload of which no more comes. */
  function begin(): ClientRequest {
    const begun = request(`${hub.url}/v1/orgs/acme/registry-access/settings`, {
      method: 'PUT',
      headers: {
        authorization: `Bearer ${olivia}`,
        'content-type': 'application/json',
        'content-length': large.length,
        ...ANY,
      },
    });
    begun.on('error', () => undefined).write(large.slice(0, 1000));
    return begun;
  }

  it('waits for another one of its organization; small ones do not wait', async () => {
    let begun = begin();
    const rejected = await vi.waitUntil(async () => {
      const answer = await put(large, ANY);
      if (answer.status === 429) return answer;
      // Then this one was the first of the two.
      begun.destroy();
      begun = begin();
      return null;
    }, PATIENCE);
    expect(rejected.headers.get('retry-after')).toBe('10');
    expect(HubError.parse(await rejected.json()).code).toBe('uploads-busy');
    expect((await put(SETTINGS, ANY)).status).toBe(200);

    begun.destroy();
    const next = await vi.waitUntil(async () => {
      const answer = await put(large, ANY);
      return answer.status === 429 ? null : answer;
    }, PATIENCE);
    expect(next.status).toBe(200);
  });
});
