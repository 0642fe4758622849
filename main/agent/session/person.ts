import { ProblemError } from '../../../shared/problems/problem.ts';
import { Me } from '../../../shared/schemas/hub-schema.ts';
import { hubUrl } from '../../platform/net/hub-url.ts';
import type { Fetch } from '../../platform/net/web-answer.ts';
import { organizationsFromClaim } from './organizations.ts';
import { NO_SERVER, unauthorized } from './problems.ts';
import type { Provider } from './provider.ts';

/** Who has signed in, and the organizations they belong to now. */
export interface Person {
  name: string | null;
  organizations: string[];
}

/**
 * Asks the hub, or, where the administrator names a claim, the provider: its user info first, which is always new, then
 * the ID token.
 *
 * @throws ProblemError why nobody could say it; an absent claim is such a reason and not "belongs to none".
 */
export async function askWho(question: {
  hub: string | null;
  organizationsClaim: string | null;
  provider: () => Promise<Provider>;
  fetch: Fetch;
  accessToken: string;
  sub: string;
  claims: Record<string, unknown> | null;
}): Promise<Person> {
  const { organizationsClaim, hub, claims, provider, accessToken } = question;
  if (organizationsClaim === null) {
    if (hub === null) throw new ProblemError(NO_SERVER);
    const me = await askHub(hub, accessToken, question.fetch);
    return { name: me.name ?? nameIn(claims), organizations: me.organizations.map(({ name }) => name) };
  }
  const inIdToken = organizationsFromClaim(claims, organizationsClaim);
  const userInfo = await (await provider()).userInfo(accessToken, question.sub).catch((error: unknown) => {
    // Access tokens that are for an API are not accepted there, and not every provider has the endpoint: then the ID
    // token has to do. A provider that cannot be reached has said nothing.
    const answered = error instanceof ProblemError && USER_INFO_REFUSED.includes(error.problem.code);
    if (inIdToken !== null && answered) return null;
    throw error;
  });
  const organizations = organizationsFromClaim(userInfo, organizationsClaim) ?? inIdToken;
  if (organizations === null) {
    throw new ProblemError({
      code: 'organizations-claim-absent',
      message: 'The sign-in server does not say which organizations you belong to.',
      cause: `no claim ${organizationsClaim} in its user info or ID token`,
      next: 'Tell your administrator: the provider has to send this claim, also when it is an empty list.',
    });
  }
  return { name: nameIn(userInfo) ?? nameIn(claims), organizations };
}

const USER_INFO_REFUSED = ['server-unauthorized', 'server-answer-invalid'];

/** The token goes to the hub's own address and nowhere else; redirects are not followed. */
async function askHub(hub: string, accessToken: string, fetch: Fetch): Promise<Me> {
  const url = hubUrl(hub, 'v1/me');
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
  });
  if (response.status === 401) throw new ProblemError(unauthorized(url.host, 'HTTP 401'));
  const parsed = Me.safeParse(await response.json().catch(() => undefined));
  if (!response.ok || !parsed.success) {
    throw new ProblemError({
      code: 'server-answer-invalid',
      message: `The server ${url.host} did not say which organizations you belong to.`,
      cause: `HTTP ${response.status}`,
      next: "Tell your administrator: the address of your organization's server may be wrong.",
    });
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
