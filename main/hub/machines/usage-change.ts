import type { UsageChange } from '../../../shared/schemas/hub/machines.ts';
import type { Usage } from './usage.ts';

/** What machines used lately, for a preview of a draft: plain data for the thread that evaluates it, and what is made of its answer. */
export interface UsageDraft {
  /** Every host that was used or blocked, with whether it was each. */
  hosts: { host: string; wasBlocked: boolean; wasAllowed: boolean }[];
  /** @param newly hosts that were used and would be blocked, and hosts that were blocked and would be allowed */
  change: (newly: { blocked: readonly string[]; allowed: readonly string[] }) => Promise<UsageChange>;
}

/** @returns null where no machine reported hosts: then nobody knows whom a draft affects */
export async function createUsageChange(
  usage: Pick<Usage, 'hosts' | 'people'>,
  org: string,
  { days, since, machines }: { days: number; since: number; machines: number },
): Promise<UsageDraft | null> {
  if (machines === 0) return null;
  return {
    hosts: await usage.hosts(org, since),
    change: async ({ blocked, allowed }) => ({
      ...{ days, machines },
      newlyBlocked: await usage.people(org, blocked, since),
      newlyAllowed: await usage.people(org, allowed, since),
    }),
  };
}
