import type { OrganizationNames, OrganizationsForm } from '../../../shared/policy/organizations-claim.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import { DESKTOP_CLIENT_ID } from '../../../shared/schemas/hub-schema.ts';
import type { Account } from './account.ts';

/** What is configured for signing in: by the administrator or, on an unmanaged machine, by the user. */
export interface SessionSettings {
  /** The hub's address; null where none is configured, and where the administrator's configuration cannot be read. */
  hub: string | null;
  /** The sign-in server, where it is not the hub. */
  issuer?: string | undefined;
  clientId?: string | undefined;
  /** JSON pointer to the organizations in the provider's claims; without one the hub is asked. */
  organizationsClaim?: string | undefined;
  /** How the names are written there; default `names`. */
  organizationsForm?: OrganizationsForm | undefined;
  /** What the provider calls each organization, where that is not its name. */
  organizationNames?: OrganizationNames | undefined;
  /** What proves membership at the gateway; default `hub`. */
  membership?: 'hub' | 'id-token' | undefined;
  scopes?: readonly string[] | undefined;
  /** The loopback ports that the provider knows as redirect URIs; without them any free port serves. */
  redirectPorts?: readonly number[] | undefined;
  /** Where an administrator requires sign-in; empty elsewhere, and where the list cannot be read. */
  allowedOrgs: readonly string[];
}

/** Scopes asked for where none are configured. */
export const DEFAULT_SCOPES = ['profile', 'email'];

/** The provider to sign in at, and the client that Portcullis is there. */
export type SignInServer = Pick<Account, 'issuer' | 'clientId'>;

/** @returns null: none is configured, or the configuration cannot be read. */
export function configuredServer({ hub, issuer, clientId = DESKTOP_CLIENT_ID }: SessionSettings): SignInServer | null {
  const address = issuer ?? hub;
  return address === null ? null : { issuer: address, clientId };
}

/** @throws ProblemError `no-sign-in-server` */
export function requireServer(settings: SessionSettings): SignInServer {
  const server = configuredServer(settings);
  if (server === null) throw new ProblemError(problem('no-sign-in-server'));
  return server;
}

export function isSameServer(one: SignInServer, other: SignInServer): boolean {
  return one.clientId === other.clientId && new URL(one.issuer).href === new URL(other.issuer).href;
}
