import { z } from 'zod';
import { isSameUrl } from '../../../shared/policy/id-token.ts';
import { type ProviderKey, publishedKeys } from '../../../shared/policy/provider-keys.ts';
import { printable } from '../../../shared/printable.ts';
import { isPlainLoopback } from '../../platform/net/loopback.ts';

/** One JSON document by GET, without following redirects. Rejects with an `Error` that says why there is none. */
export type GetJson = (url: URL, maxBytes: number, signal: AbortSignal) => Promise<unknown>;

/** Providers' documents have some 5 KiB. */
const MAX_DOCUMENT_BYTES = 256 * 1024;
/** For both documents together. */
const TIMEOUT_MS = 15_000;

const Discovery = z.object({ issuer: z.string().max(2048), jwks_uri: z.url().max(2048) });

/**
 * The keys that an OpenID provider signs ID tokens with (OpenID Connect Discovery 1.0 section 4): over https, but for a provider on this
 * machine's loopback, which may name keys there only.
 *
 * @param issuer the administrator's
 * @throws Error why there are none; nothing that the provider wrote is in it but addresses.
 */
export async function fetchProviderKeys(issuer: string, getJson: GetJson): Promise<ProviderKey[]> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const discovery = new URL(`${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`);
  requireSecure(discovery, isPlainLoopback(discovery));
  const metadata = Discovery.safeParse(await getJson(discovery, MAX_DOCUMENT_BYTES, signal));
  if (!metadata.success) throw new Error(`${discovery.href} is no OpenID discovery document`);
  const { issuer: named, jwks_uri: address } = metadata.data;
  // Section 4.3: else it speaks for somebody else.
  if (!isSameUrl(named, issuer)) throw new Error(`${discovery.href} names ${printable(named)} as the issuer`);
  const keysUrl = new URL(address);
  requireSecure(keysUrl, isPlainLoopback(discovery) && isPlainLoopback(keysUrl));
  const keys = publishedKeys(await getJson(keysUrl, MAX_DOCUMENT_BYTES, signal));
  if (keys === null || keys.length === 0) throw new Error(`no usable key at ${keysUrl.href}`);
  return keys;
}

function requireSecure({ protocol, href, username }: URL, isLoopback: boolean): void {
  if ((protocol !== 'https:' && !isLoopback) || username !== '') throw new Error(`${printable(href)} is not https`);
}
