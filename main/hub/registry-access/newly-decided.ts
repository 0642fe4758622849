import { decide } from '../../../shared/decide.ts';
import { DEFAULT_PORT, parseAddress } from '../../../shared/hosts/address.ts';
import type { RegistryEntry } from '../../../shared/policy/schema.ts';
import type { PolicyRules } from '../../../shared/rule-set/compile.ts';
import type { RegistryAccessSettings } from '../../../shared/schemas/hub-schema.ts';
import { rulesOf } from './list-rules.ts';

/** A host that engines asked for lately, as machines reported it. */
export interface UsedHost {
  host: string;
  /** Or would have been, in audit mode. */
  wasBlocked: boolean;
}

/** Hosts that were used and would be blocked, and hosts that were blocked and would be allowed: at least for some people. */
export interface NewlyDecided {
  blocked: string[];
  allowed: string[];
}

/** For nobody, for some teams, for everybody. */
type Reach = 0 | 1 | 2;

/** What a draft changes for hosts that were used, by the mode and the grants that it has. Grants that are over are to be left out before. */
export function newlyDecided(
  used: readonly UsedHost[],
  before: RegistryAccessSettings,
  after: RegistryAccessSettings,
): NewlyDecided {
  const [reachBefore, reachAfter] = [reachOf(before), reachOf(after)];
  const blocked: string[] = [];
  const allowed: string[] = [];
  for (const { host, wasBlocked } of used) {
    const [then, now] = [reachBefore(host), reachAfter(host)];
    if (now < then) blocked.push(host);
    else if (now > then && wasBlocked) allowed.push(host);
  }
  return { blocked, allowed };
}

function reachOf(settings: RegistryAccessSettings): (host: string) => Reach {
  const { enabled, mode, registries, grants = [] } = settings;
  if (!enabled || mode === 'audit') return () => 2;
  const lines = (of: typeof grants): RegistryEntry[] => of.map(({ address }) => ({ address }));
  const everybody = rulesOf([...registries, ...lines(grants.filter(({ teams }) => teams === undefined))]);
  const some = rulesOf(lines(grants.filter(({ teams }) => teams !== undefined)));
  return (host) => (isAllowed(everybody, host) ? 2 : isAllowed(some, host) ? 1 : 0);
}

function isAllowed(rules: PolicyRules, text: string): boolean {
  const address = parseAddress(text);
  if (!address.ok) return false;
  const { host, port = DEFAULT_PORT } = address.value;
  return decide(rules, 'engine', host, port).allowed;
}
