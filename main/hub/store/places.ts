/** Of the single values (`facts.ts`), those that are secret. */
export const SECRET_FACTS: ReadonlySet<string> = new Set(['cookie-key', 'id-token-key', 'machine-nonce-key']);

/** Where a secret is stored, as the vault binds it to that. */
export function placeOf(table: 'signing_keys' | 'webhooks' | 'facts', id: string): string {
  return `${table}/${id}`;
}
