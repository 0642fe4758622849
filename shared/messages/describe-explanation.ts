import type { Explanation } from '../ipc-schema.ts';
import type { Reason } from '../reasons.ts';
import type { Messages } from './en.ts';

export interface Circumstances {
  org: string;
  /** The policy's own word on whom to ask. */
  contact: string | null;
}

/** "May I pull this, and if not, whom do I ask?" in words: the same in the panel and the command line. */
export function describeExplanation(
  { hosts, registry }: Pick<Explanation, 'hosts' | 'registry'>,
  { org, contact }: Circumstances,
  messages: Messages,
): { sentence: string; next: string | null } {
  const refused = hosts.find(({ engine }) => !engine.allowed);
  const shown = refused ?? hosts.find(({ engine }) => engine.wouldDeny) ?? hosts[0];
  const reason = shown?.engine.reason ?? 'no-policy';
  const remedies: Partial<Record<Reason, (host: string, org: string, whom: string | null) => string>> = messages.remedy;
  return {
    sentence: messages.reason[reason](shown?.host ?? registry, org, shown?.engine.registry ?? registry),
    next: refused === undefined ? null : (remedies[reason]?.(registry, org, contact) ?? null),
  };
}
