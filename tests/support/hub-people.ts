import type { z } from 'zod';
import { Invited, PasswordLink, PeoplePage, type Person } from '../../shared/schemas/hub/people.ts';
import { HubError } from '../../shared/schemas/hub-schema.ts';
import type { TestHub } from './hub.ts';
import { type Page, TestBrowser } from './test-browser.ts';

/** Nobody guesses it, and it follows the rules. */
export const GOOD_PASSWORD = 'four words in a row';

/** An organization's people, as one person calls the hub about them. */
export interface PeopleClient {
  call: (method: string, path: string, body?: unknown) => Promise<Response>;
  /** @returns `status code` of the problem, or the status alone. */
  outcome: (method: string, path: string, body?: unknown) => Promise<string>;
  get: <T extends z.ZodType>(schema: T, method: string, path: string, body?: unknown) => Promise<z.output<T>>;
  people: (query?: string) => Promise<Person[]>;
  person: (username: string) => Promise<Person>;
  invite: (username: string, role?: Person['role'], more?: object) => Promise<Invited>;
  resetLink: (sub: string) => Promise<PasswordLink>;
}

export function peopleClient(hub: Pick<TestHub, 'url'>, org: string, token: string): PeopleClient {
  const client: PeopleClient = {
    call: (method, path, body) =>
      fetch(`${hub.url}/v1/orgs/${org}/${path}`, {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    outcome: async (method, path, body) => {
      const response = await client.call(method, path, body);
      const isProblem = response.headers.get('content-type') === 'application/problem+json';
      return isProblem ? `${response.status} ${HubError.parse(await response.json()).code}` : String(response.status);
    },
    get: async (schema, method, path, body) => {
      const response = await client.call(method, path, body);
      if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      return schema.parse(await response.json());
    },
    people: async (query = '') => (await client.get(PeoplePage, 'GET', `people${query}`)).items,
    person: async (username) => {
      const person = (await client.people(`?q=${username}`)).find((one) => one.username === username);
      if (person === undefined) throw new Error(`no ${username} in ${org}`);
      return person;
    },
    invite: (username, role = 'member', more = {}) =>
      client.get(Invited, 'POST', 'people', { username, role, ...more }),
    resetLink: (sub) => client.get(PasswordLink, 'POST', `people/${sub}/password-reset`),
  };
  return client;
}

/** Opens the link and fills in the form, as the person would. */
export async function setPassword(url: string, password = GOOD_PASSWORD, repeated = password): Promise<Page> {
  const browser = new TestBrowser();
  await browser.open(url);
  return browser.submit({ password, repeated });
}

/** As if everybody who is signed in had entered their password an hour ago: stops the hub, and starts it again. */
export async function forgetPasswords(hub: TestHub): Promise<void> {
  await hub.halt();
  const changes = [
    { model: 'AccessToken', path: ['extra', 'password_at'] },
    { model: 'RefreshToken', path: ['authTime'] },
    { model: 'Session', path: ['loginTs'] },
  ];
  const sqlite = changes.map(({ model, path }) => {
    const at = `'$.${path.join('.')}'`;
    return `UPDATE oidc SET payload = json_set(payload, ${at}, payload ->> ${at} - 3600) WHERE model = '${model}';`;
  });
  const postgres = changes.map(({ model, path }) => {
    const at = `'{${path.join(',')}}'`;
    const earlier = `to_jsonb(CAST(payload::jsonb #>> ${at} AS bigint) - 3600)`;
    return `UPDATE oidc SET payload = jsonb_set(payload::jsonb, ${at}, ${earlier})::text
      WHERE model = '${model}' AND payload::jsonb #>> ${at} IS NOT NULL;`;
  });
  await hub.inDatabase({ sqlite: sqlite.join('\n'), postgres: postgres.join('\n') });
  await hub.start();
}
