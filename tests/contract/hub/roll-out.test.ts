import { afterAll, beforeAll, expect, it } from 'vitest';
import { parserFor } from '../../../main/managed-config/check.ts';
import { thumbprintOf } from '../../../main/managed-config/policy-keys.ts';
import { PolicyKeys } from '../../../shared/policy/keys.ts';
import { RollOut, RollOutFormat } from '../../../shared/schemas/hub/roll-out.ts';
import { HubError } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub({
    organizations: [{ name: 'acme' }, { name: 'globex' }],
    users: [{ username: 'olivia', organizations: [{ name: 'acme', role: 'owner' }] }],
  });
});
afterAll(() => hub.stop());

async function asOwner(path: string, method = 'GET'): Promise<Response> {
  const authorization = `Bearer ${await hub.signIn('olivia')}`;
  return fetch(`${hub.url}/v1/orgs/acme/${path}`, { method, headers: { authorization } });
}

const rollOut = async (query = '') => RollOut.parse(await (await asOwner(`roll-out${query}`)).json());

function contentOf({ files }: RollOut, format: RollOutFormat): { name: string; content: Buffer } {
  const file = files.find((candidate) => candidate.format === format);
  if (file?.kind !== 'made') throw new Error(`${format} was not made`);
  return { name: file.name, content: Buffer.from(file.base64, 'base64') };
}

it('gives every file, each as the reader of its place takes it: the organization, this hub, its keys and no others', async () => {
  const answer = await rollOut('?supportContact=it%40acme.example');
  expect(answer.hub).toBe(hub.url);
  expect(answer.files.map(({ format }) => format)).toEqual(RollOutFormat.options);
  const keys = PolicyKeys.parse(JSON.parse(contentOf(answer, 'policy-keys').content.toString()));
  expect(keys.keys.flatMap(({ organizations }) => organizations)).toEqual(['acme']);
  expect(answer.keys.map(({ kid }) => kid)).toEqual(await Promise.all(keys.keys.map((key) => thumbprintOf(key))));

  const settings = { hub: hub.url, supportContact: 'it@acme.example', policyKeys: keys };
  const read = (format: RollOutFormat) => {
    const { name, content } = contentOf(answer, format);
    return parserFor(name)(content);
  };
  const named = { verdict: 'present', problems: [], value: { organizations: ['acme'] } };
  for (const format of ['registry-json', 'plist'] as const) expect(read(format)).toMatchObject(named);
  expect(read('portcullis-json')).toMatchObject({ verdict: 'present', problems: [], value: { settings } });
  for (const format of ['mobileconfig', 'reg', 'intune'] as const) {
    expect(read(format)).toMatchObject({
      verdict: 'present',
      problems: [],
      value: { organizations: ['acme'], settings },
    });
  }
});

it('pins the next key as soon as it is announced', async () => {
  const before = await rollOut();
  expect((await asOwner('policy-keys', 'POST')).status).toBe(201);
  const after = await rollOut();
  expect(after.keys.map(({ state }) => state)).toEqual(['signing', 'announced']);
  const kids = PolicyKeys.parse(JSON.parse(contentOf(after, 'policy-keys').content.toString())).keys.map(
    ({ kid }) => kid,
  );
  expect(kids).toEqual(after.keys.map(({ kid }) => kid));
  expect(kids).toEqual([...before.keys.map(({ kid }) => kid), expect.any(String)]);
});

it('makes what it can, and says why not the rest', async () => {
  // The registry's tools do not return such characters exactly.
  const answer = await rollOut(`?supportContact=${encodeURIComponent('Müller')}`);
  const notMade = answer.files.filter(({ kind }) => kind === 'not-made');
  expect(notMade).toEqual(
    ['reg', 'intune'].map((format) => ({
      ...{ kind: 'not-made', format },
      problem: expect.objectContaining({ code: 'setting-not-in-format' }),
    })),
  );
  expect(contentOf(answer, 'portcullis-json').content.toString()).toContain('Müller');
});

it('takes no contact that a machine would not show', async () => {
  const answer = await asOwner(`roll-out?supportContact=${'x'.repeat(121)}`);
  expect([answer.status, HubError.parse(await answer.json()).code]).toEqual([400, 'query-invalid']);
});
