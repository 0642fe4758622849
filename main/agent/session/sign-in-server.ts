import { ProblemError } from '../../../shared/problems/problem.ts';
import { DESKTOP_CLIENT_ID } from '../../../shared/schemas/hub-schema.ts';
import type { Account } from './account.ts';
import { NO_SERVER } from './problems.ts';

/** What is set for signing in, by the administrator or, on a machine that nobody manages, by the user. */
export interface SessionSettings {
  /** The hub's address; null while nobody has named one, or what an administrator named cannot be read. */
  hub: string | null;
  /** The sign-in server, where it is not the hub. */
  issuer?: string | undefined;
  clientId?: string | undefined;
  /** JSON pointer to the organizations in the provider's claims; the hub is asked if there is none. */
  organizationsClaim?: string | undefined;
  scopes?: readonly string[] | undefined;
  /** Where an administrator requires sign-in; empty elsewhere, and where the list cannot be read. */
  allowedOrgs: readonly string[];
}

/** Where one signs in, and as which client. */
export type SignInServer = Pick<Account, 'issuer' | 'clientId'>;

/** @returns null: nobody has said where, or it cannot be read. */
export function serverIn({ hub, issuer, clientId = DESKTOP_CLIENT_ID }: SessionSettings): SignInServer | null {
  const address = issuer ?? hub;
  return address === null ? null : { issuer: address, clientId };
}

/** @throws ProblemError `no-sign-in-server` */
export function requireServer(settings: SessionSettings): SignInServer {
  const server = serverIn(settings);
  if (server === null) throw new ProblemError(NO_SERVER);
  return server;
}

export function isSameServer(one: SignInServer, other: SignInServer): boolean {
  return one.clientId === other.clientId && new URL(one.issuer).href === new URL(other.issuer).href;
}
