import {
  type ClaimReading,
  isLeftOutForLength,
  type OrganizationNames,
  type OrganizationsForm,
  readOrganizationsClaim,
} from '../../../shared/policy/organizations-claim.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { Me } from '../../../shared/schemas/hub-schema.ts';
import { hubUrl } from '../../platform/net/hub-url.ts';
import type { Fetch } from '../../platform/net/web-answer.ts';
import type { Provider } from './provider.ts';

/** Who has signed in, and the organizations they belong to now. */
export interface Person {
  name: string | null;
  organizations: string[];
  /** The claim that named them; absent where the hub did. */
  claim?: string;
}

/**
 * Asks the hub or, where the administrator names a claim, the provider: its user info first, which is always current, then the ID token.
 *
 * @throws ProblemError why the organizations are unknown: a claim that is absent (`organizations-claim-absent`) or in another form than
 * the administrator named (`organizations-claim-unreadable`) does not mean "none".
 */
export async function fetchPerson(question: {
  hub: string | null;
  organizationsClaim: string | null;
  organizationsForm: OrganizationsForm;
  organizationNames?: OrganizationNames | undefined;
  /** The gateway takes the ID token's word alone, so that user info says nothing where there is one. */
  fromIdToken?: boolean;
  provider: () => Promise<Provider>;
  fetch: Fetch;
  accessToken: string;
  sub: string;
  claims: Record<string, unknown> | null;
}): Promise<Person> {
  const { organizationsClaim, hub, claims, provider, accessToken } = question;
  if (organizationsClaim === null) {
    if (hub === null) throw new ProblemError(problem('no-sign-in-server'));
    const me = await askHub(hub, accessToken, question.fetch);
    return { name: me.name ?? nameIn(claims), organizations: me.organizations.map(({ name }) => name) };
  }
  const readingOf = (source: unknown) =>
    readOrganizationsClaim(source, organizationsClaim, question.organizationsForm, question.organizationNames);
  const inIdToken = readingOf(claims);
  const leftOut = (): boolean => isLeftOutForLength(claims, organizationsClaim);
  const overage = problem('organizations-claim-overage', { claim: organizationsClaim });
  if (question.fromIdToken && claims !== null) {
    if (inIdToken.kind === 'absent' && leftOut()) throw new ProblemError(overage);
    const organizations = requireNames(inIdToken, organizationsClaim);
    return { name: nameIn(claims), organizations, claim: organizationsClaim };
  }
  const userInfo = await (await provider()).userInfo(accessToken, question.sub).catch((error: unknown) => {
    // Not every provider has user info, or accepts an access token that was issued for an API: then the ID token has to do. A provider
    // that cannot be reached has not answered.
    const answered = error instanceof ProblemError && USER_INFO_REJECTED.includes(error.problem.code);
    if (inIdToken.kind !== 'absent' && answered) return null;
    throw error;
  });
  const inUserInfo = readingOf(userInfo);
  const isAbsent = inUserInfo.kind === 'absent' && inIdToken.kind === 'absent';
  if (isAbsent && leftOut()) throw new ProblemError(overage);
  const organizations = requireNames(inUserInfo.kind === 'absent' ? inIdToken : inUserInfo, organizationsClaim);
  return { name: nameIn(userInfo) ?? nameIn(claims), organizations, claim: organizationsClaim };
}

function requireNames(reading: ClaimReading, claim: string): string[] {
  switch (reading.kind) {
    case 'names':
      return reading.organizations;
    case 'absent': {
      const cause = 'absent from both user info and ID token';
      throw new ProblemError(problem('organizations-claim-absent', { claim }, { cause }));
    }
    case 'unreadable': {
      const { shape, proposed } = reading;
      throw new ProblemError(problem('organizations-claim-unreadable', { claim, shape, proposed: proposed ?? '' }));
    }
  }
}

const USER_INFO_REJECTED = ['server-unauthorized', 'server-answer-invalid'];

/** The token goes to the hub's own address and nowhere else; redirects are not followed. */
async function askHub(hub: string, accessToken: string, fetch: Fetch): Promise<Me> {
  const url = hubUrl(hub, 'v1/me');
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
  });
  if (response.status === 401) {
    throw new ProblemError(problem('server-unauthorized', { server: url.host }, { cause: 'HTTP 401' }));
  }
  const parsed = Me.safeParse(await response.json().catch(() => undefined));
  if (!response.ok || !parsed.success) {
    const cause = `HTTP ${response.status}`;
    throw new ProblemError(problem('hub-membership-unknown', { server: url.host }, { cause }));
  }
  return parsed.data;
}

function nameIn(claims: Record<string, unknown> | null): string | null {
  for (const member of ['name', 'preferred_username', 'email']) {
    const value = claims?.[member];
    if (typeof value === 'string' && value !== '') return value.slice(0, 255);
  }
  return null;
}
