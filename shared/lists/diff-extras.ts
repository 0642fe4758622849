import type { GrantTerms, SettingsChange } from '../schemas/hub/changes.ts';
import type { SettingsExtras, SettingsGrant } from '../schemas/hub/grants.ts';
import { grantKey, isOver } from './grants.ts';

/** What changed in what settings have beside the list. @param now milliseconds since 1970 */
export function diffExtras(before: SettingsExtras, after: SettingsExtras, now: number): SettingsChange[] {
  const changes = [...diffGrants(before.grants ?? [], after.grants ?? [], now), ...diffHints(before, after)];
  const [requests, on] = [before.requests ?? false, after.requests ?? false];
  if (requests !== on) changes.push({ kind: 'requests', on });
  const [from, to] = [before.support ?? null, after.support ?? null];
  if (from?.text !== to?.text || from?.url !== to?.url) changes.push({ kind: 'support', from, to });
  return changes;
}

function diffGrants(before: readonly SettingsGrant[], after: readonly SettingsGrant[], now: number): SettingsChange[] {
  const changes: SettingsChange[] = [];
  const left = new Map(before.map((grant) => [grantKey(grant), grant]));
  const unmatched: SettingsGrant[] = [];
  for (const grant of after) {
    const key = grantKey(grant);
    const previous = left.get(key);
    left.delete(key);
    if (previous === undefined) unmatched.push(grant);
    else if (!sameTerms(previous, grant)) changes.push(changed(previous, grant));
  }
  // The same registry for other teams is the same grant, changed.
  const gone = Map.groupBy(left.values(), ({ address }) => address);
  for (const grant of unmatched) {
    const previous = gone.get(grant.address)?.shift();
    changes.push(previous === undefined ? { kind: 'grant-added', ...told(grant) } : changed(previous, grant));
  }
  for (const grant of [...gone.values()].flat()) {
    changes.push({ kind: isOver(grant, now) ? 'grant-over' : 'grant-removed', ...told(grant) });
  }
  return changes;
}

function diffHints(before: SettingsExtras, after: SettingsExtras): SettingsChange[] {
  const changes: SettingsChange[] = [];
  const left = new Map((before.hints ?? []).map(({ address, use }) => [address, use]));
  for (const { address, use } of after.hints ?? []) {
    const from = left.get(address) ?? null;
    left.delete(address);
    if (from !== use) changes.push({ kind: 'hint', address, from, to: use });
  }
  for (const [address, from] of left) changes.push({ kind: 'hint', address, from, to: null });
  return changes;
}

function changed(from: SettingsGrant, to: SettingsGrant): SettingsChange {
  return { kind: 'grant-changed', address: to.address, from: termsOf(from), to: termsOf(to) };
}

function told(grant: SettingsGrant): { address: string } & GrantTerms {
  return { address: grant.address, ...termsOf(grant) };
}

function termsOf({ nickname, until, teams }: SettingsGrant): GrantTerms {
  return {
    ...(nickname === undefined ? {} : { nickname }),
    ...(until === undefined ? {} : { until }),
    ...(teams === undefined ? {} : { teams }),
  };
}

function sameTerms(one: SettingsGrant, other: SettingsGrant): boolean {
  const time = ({ until }: SettingsGrant): number =>
    until === undefined ? Number.POSITIVE_INFINITY : Date.parse(until);
  return time(one) === time(other) && (one.nickname ?? '') === (other.nickname ?? '');
}
