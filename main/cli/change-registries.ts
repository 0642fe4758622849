import * as oidc from 'openid-client';
import type { z } from 'zod';
import { parseAddress } from '../../shared/hosts/address.ts';
import { DESKTOP_CLIENT_ID, HubError, RegistryAccessSettingsAnswer } from '../../shared/hub-schema.ts';
import { organizationOf } from '../../shared/messages/describe-state.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import { ProblemError } from '../../shared/problem.ts';
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
  const entry: RegistryEntry = { address, ...(nickname === undefined ? {} : { nickname }) };
  await change(where, (registries) => [...without(registries, address), entry]);
}

/** @throws ProblemError as `allowRegistry`. */
export async function disallowRegistry(where: Where, text: string): Promise<void> {
  const address = addressOf(text);
  await change(where, (registries) => without(registries, address));
}

function addressOf(text: string): string {
  const judged = parseAddress(text);
  if (!judged.ok) throw new ProblemError(judged.problem);
  return judged.value.text;
}

function without(registries: readonly RegistryEntry[], address: string): RegistryEntry[] {
  return registries.filter((entry) => entry.address !== address);
}

async function change(where: Where, edit: (registries: RegistryEntry[]) => RegistryEntry[]): Promise<void> {
  const { hub, org } = await resolve(where);
  const { token, revoke } = await signInAsOwner(hub);
  try {
    const settings = `${hub}/v1/orgs/${encodeURIComponent(org)}/registry-access/settings`;
    const authorization = `Bearer ${token}`;
    const current = await fetch(settings, { headers: { authorization }, redirect: 'error' });
    const { revision: _, ...before } = await answerOf(current);
    const saved = await fetch(settings, {
      method: 'PUT',
      redirect: 'error',
      headers: { authorization, 'content-type': 'application/json', 'if-match': current.headers.get('etag') ?? '' },
      body: JSON.stringify({ ...before, registries: edit(before.registries) }),
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
  const issuer = new URL(hub);
  // Plain HTTP is for the demo on this machine only; a token must not cross a network in the clear.
  const local = issuer.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(issuer.hostname);
  const provider = await oidc.discovery(issuer, DESKTOP_CLIENT_ID, undefined, oidc.None(), {
    execute: local ? [oidc.allowInsecureRequests] : [],
  });
  const device = await oidc.initiateDeviceAuthorization(provider, { scope: 'openid' });
  printLine('As an owner, open this address in a browser and sign in:');
  printLine(`  ${device.verification_uri_complete ?? device.verification_uri}`);
  printLine(`It shows the code ${device.user_code}.`);
  const signal = stopSignal();
  const { access_token: token } = await oidc.pollDeviceAuthorizationGrant(provider, device, undefined, { signal });
  return { token, revoke: () => oidc.tokenRevocation(provider, token).catch(() => undefined) };
}

async function answerOf(response: Response): Promise<z.infer<typeof RegistryAccessSettingsAnswer>> {
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return RegistryAccessSettingsAnswer.parse(body);
  const error = HubError.safeParse(body);
  throw new ProblemError({
    code: error.success ? error.data.code : 'hub-refused',
    message: `The hub did not take the change: ${error.success ? error.data.title : `status ${response.status}`}.`,
    ...(error.success && error.data.detail ? { cause: error.data.detail } : {}),
  });
}
