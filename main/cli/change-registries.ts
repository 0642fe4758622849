import * as oidc from 'openid-client';
import type { z } from 'zod';
import { parseAddress } from '../../shared/hosts/address.ts';
import { DESKTOP_CLIENT_ID, HubError, RegistryAccessSettingsAnswer } from '../../shared/hub-schema.ts';
import { organizationOf } from '../../shared/messages/describe-state.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import { type Problem, ProblemError } from '../../shared/problem.ts';
import { requestProblem } from '../platform/request-problem.ts';
import { stopSignal } from '../platform/stop-signal.ts';
import { askAgent } from './ask-agent.ts';
import { printLine } from './print.ts';

/** What is not given is what the agent on this machine goes by. */
export interface Where {
  hub?: string;
  org?: string;
}

/** @throws ProblemError for an address that is none, and for whatever the hub refuses. */
export async function allowRegistry(where: Where, text: string, nickname: string | undefined): Promise<void> {
  const address = addressOf(text);
  await change(where, (registries) => {
    const listed = registries.find((entry) => entry.address === address);
    if (listed !== undefined && (nickname === undefined || nickname === listed.nickname)) {
      return { unchanged: `${address} is on the list already` };
    }
    const entry: RegistryEntry = { address, ...(nickname === undefined ? {} : { nickname }) };
    return listed === undefined ? [...registries, entry] : registries.map((each) => (each === listed ? entry : each));
  });
}

/** @throws ProblemError as `allowRegistry`. */
export async function disallowRegistry(where: Where, text: string): Promise<void> {
  const address = addressOf(text);
  await change(where, (registries) => {
    const others = registries.filter((entry) => entry.address !== address);
    return others.length < registries.length ? others : { unchanged: `${address} is not on the list` };
  });
}

function addressOf(text: string): string {
  const judged = parseAddress(text);
  if (!judged.ok) throw new ProblemError(judged.problem);
  return judged.value.text;
}

type Edit = (registries: RegistryEntry[]) => RegistryEntry[] | { unchanged: string };

async function change(where: Where, edit: Edit): Promise<void> {
  const { hub, org } = await resolve(where);
  const { token, revoke } = await signInAsOwner(hub);
  try {
    const settings = `${hub}/v1/orgs/${encodeURIComponent(org)}/registry-access/settings`;
    const authorization = `Bearer ${token}`;
    const current = await fetch(settings, { headers: { authorization }, redirect: 'error' });
    const { revision: before, ...content } = await answerOf(current);
    const edited = edit(content.registries);
    if ('unchanged' in edited) {
      printLine(`${edited.unchanged}: revision ${before} of ${org} stays as it is.`);
      return;
    }
    const saved = await fetch(settings, {
      method: 'PUT',
      redirect: 'error',
      headers: { authorization, 'content-type': 'application/json', 'if-match': current.headers.get('etag') ?? '' },
      body: JSON.stringify({ ...content, registries: edited }),
    });
    const { revision, registries } = await answerOf(saved);
    printLine(`Saved: revision ${revision} of ${org}, ${registries.length} registries.`);
  } finally {
    await revoke();
  }
}

async function resolve(where: Where): Promise<{ hub: string; org: string }> {
  if (where.hub !== undefined && where.org !== undefined) return { hub: where.hub.replace(/\/$/, ''), org: where.org };
  const snapshot = await askAgent((client) => client.call('snapshot.get', {}));
  const hub = where.hub ?? snapshot.managed?.hub ?? '';
  const org = where.org ?? organizationOf(snapshot);
  if (hub !== '' && org !== '') return { hub: hub.replace(/\/$/, ''), org };
  throw new ProblemError({
    code: 'hub-unknown',
    message: 'The agent on this machine names no hub and organization to change.',
    next: 'Give both: --hub URL --org NAME.',
  });
}

async function signInAsOwner(hub: string): Promise<{ token: string; revoke: () => Promise<void> }> {
  const issuer = URL.parse(hub);
  if (issuer === null)
    throw new ProblemError({ code: 'hub-unknown', message: 'The address of the hub is no URL.', cause: hub });
  // Plain HTTP is for the demo on this machine only; a token must not cross a network in the clear.
  const local = issuer.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
  const stop = stopSignal();
  try {
    const provider = await oidc.discovery(issuer, DESKTOP_CLIENT_ID, undefined, oidc.None(), {
      execute: local ? [oidc.allowInsecureRequests] : [],
    });
    const device = await oidc.initiateDeviceAuthorization(provider, { scope: 'openid' });
    printLine('As an owner, open this address in a browser and sign in:');
    printLine(`  ${device.verification_uri_complete ?? device.verification_uri}`);
    printLine(`It shows the code ${device.user_code}.`);
    const { access_token: token } = await oidc.pollDeviceAuthorizationGrant(provider, device, undefined, {
      signal: stop,
    });
    return { token, revoke: () => oidc.tokenRevocation(provider, token).catch(() => undefined) };
  } catch (error) {
    throw new ProblemError(signInProblem(error, stop), { cause: error });
  }
}

const NOTHING_CHANGED = 'Nothing was changed. Run the command again.';

function signInProblem(error: unknown, stop: AbortSignal): Problem {
  if (stop.aborted) return { code: 'sign-in-cancelled', message: 'Sign-in was called off.', next: NOTHING_CHANGED };
  if (error instanceof oidc.ResponseBodyError) {
    const refused = error.error === 'access_denied';
    const late = error.error === 'expired_token';
    return {
      code: refused ? 'sign-in-refused' : late ? 'sign-in-timed-out' : 'sign-in-failed',
      message: refused
        ? 'Sign-in was refused in the browser.'
        : late
          ? 'Nobody signed in in time.'
          : 'The hub did not let anybody sign in.',
      ...(refused || late ? {} : { cause: error.error }),
      next: NOTHING_CHANGED,
    };
  }
  return { ...requestProblem(error, 'the hub'), next: NOTHING_CHANGED };
}

async function answerOf(response: Response): Promise<z.infer<typeof RegistryAccessSettingsAnswer>> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return RegistryAccessSettingsAnswer.parse(body);
  const error = HubError.safeParse(body);
  throw new ProblemError({
    code: error.success ? error.data.code : 'hub-refused',
    message: `The hub did not take the change: ${(error.success ? error.data.title : `status ${response.status}`).replace(/\.$/, '')}.`,
    ...(error.success && error.data.detail ? { cause: error.data.detail } : {}),
    ...(response.status === 403 ? { next: 'Run the command again and sign in as an owner.' } : {}),
  });
}
