import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Access, mayAs } from '../../../shared/schemas/hub/people.ts';
import { HubError, Me } from '../../../shared/schemas/hub-schema.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { NEEDED, type Needed } from '../../support/hub-routes.ts';

const PEOPLE = ['nobody', 'stranger', ...Access.options] as const;
type Person = (typeof PEOPLE)[number];

let hub: TestHub;
const tokens = new Map<Person, string>();
beforeAll(async () => {
  hub = await startHub({
    organizations: [{ name: 'acme' }, { name: 'globex' }],
    users: [
      ...Access.options.map((role) => ({ username: role, organizations: [{ name: 'acme', role }] })),
      // An owner, of another organization.
      { username: 'stranger', organizations: [{ name: 'globex', role: 'owner' as const }] },
    ],
  });
  for (const person of PEOPLE) if (person !== 'nobody') tokens.set(person, await hub.signIn(person));
});
afterAll(() => hub.stop());

function refusal(person: Person, needed: Needed): string | undefined {
  if (needed === 'anyone') return undefined;
  if (person === 'nobody') return 'token-missing';
  if (needed === 'person') return undefined;
  if (person === 'stranger') return 'not-a-member';
  if (mayAs(person, needed)) return undefined;
  return needed === 'owner' ? 'not-an-owner' : 'not-allowed-for-role';
}

/** Without what the call needs beyond the right to make it, so that nothing changes. */
async function codeOf(call: string, person: Person, org = 'acme'): Promise<string | undefined> {
  const [method = '', path = ''] = call.split(' ');
  const abort = new AbortController();
  const token = tokens.get(person);
  const response = await fetch(`${hub.url}${path.replace('{org}', org).replaceAll(/\{\w+\}/g, 'none')}`, {
    method,
    signal: abort.signal,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const isProblem = response.headers.get('content-type') === 'application/problem+json';
  const { code } = isProblem ? HubError.parse(await response.json()) : { code: undefined };
  abort.abort();
  return response.status === 401 || response.status === 403 ? code : undefined;
}

describe('a call', () => {
  it.each(Object.entries(NEEDED))('%s needs: %s', async (call, needed) => {
    const answers = await Promise.all(PEOPLE.map(async (person) => [person, await codeOf(call, person)] as const));
    expect(answers).toEqual(PEOPLE.map((person) => [person, refusal(person, needed)]));
  });

  it.each(Object.entries(NEEDED).filter(([call]) => call.includes('{org}')))(
    '%s answers owners of acme about an organization that does not exist as about one that is not theirs',
    async (call) => {
      expect(await codeOf(call, 'owner', 'initech')).toBe('not-a-member');
      expect(await codeOf(call, 'owner', 'globex')).toBe('not-a-member');
    },
  );
});

describe('GET /v1/me', () => {
  it.each(Access.options)('names the %s as older clients know roles, and as what they may do', async (access) => {
    const response = await fetch(`${hub.url}/v1/me`, { headers: { authorization: `Bearer ${tokens.get(access)}` } });
    const role = access === 'owner' ? 'owner' : 'member';
    expect(Me.parse(await response.json()).organizations).toEqual([{ name: 'acme', role, access }]);
  });
});
