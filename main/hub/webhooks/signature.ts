import { createHmac } from 'node:crypto';
import { HOOK_SECRET_PREFIX } from '../../../shared/schemas/hub/webhooks.ts';

/** A new secret. @param random at least 24 bytes, which is what Standard Webhooks asks for */
export function hookSecret(random: Uint8Array): string {
  return HOOK_SECRET_PREFIX + Buffer.from(random).toString('base64');
}

/**
 * The headers of a delivery (https://www.standardwebhooks.com). While a secret is being replaced there is a signature of each.
 *
 * @param at milliseconds since 1970
 */
export function signedHeaders(
  { id, at, body }: { id: string; at: number; body: string },
  secrets: readonly string[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const timestamp = String(Math.floor(at / 1000));
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(HOOK_SECRET_PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
