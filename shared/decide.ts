import { DEDICATED_TAILS, dedicatedHosts } from './catalogue/dedicated.ts';
import { PROBE_SUFFIX } from './control-schema.ts';
import { DEFAULT_PORT } from './hosts/address.ts';
import { type HostName, normalizeHost } from './hosts/host-name.ts';
import { type Decision, Reason, type View } from './reasons.ts';
import { registryLine } from './rule-set/lines.ts';
import {
  ANCESTOR_ONLY,
  BASELINE,
  COMPANION,
  EXPLICIT_PORT,
  find,
  isAncestor,
  MALFORMED,
  NameTableBuilder,
  NONE,
  SUFFIX,
} from './rule-set/name-table.ts';
import type { PolicyRules, RuleSet } from './rule-set/rule-set.ts';
import { MAX_WIRE_NAME, readWireName, writeWireName } from './rule-set/wire-name.ts';

/**
 * The one place that decides whether a host may be contacted. It is written on the wire form of a name and packs its answer into
 * a number, so that the DNS filter asks it once per question without allocating; `decide` asks the same and puts it into words.
 */
export type Verdict = number;

/** The bytes are no name: no decision. */
export const NOT_A_NAME: Verdict = -1;
/** Bits of a verdict; the reason is above them. */
export const ALLOWED = 1;
/** With a denial: something below this name is allowed, so that NXDOMAIN would be wrong (RFC 8020). */
export const HAS_ALLOWED_BELOW = 2;
export const WOULD_DENY = 4;
const REASON_SHIFT = 3;

export function reasonOf(verdict: Verdict): Reason {
  return REASONS[verdict >> REASON_SHIFT] ?? 'not-in-policy';
}

const REASONS: readonly Reason[] = Reason.options;
const code = Object.fromEntries(REASONS.map((reason, index) => [reason, index << REASON_SHIFT])) as Record<
  Reason,
  number
>;

/** Any port, in questions to the tables. */
const ANY_PORT = 0;

/**
 * Judges the name in wire form at `offset` of `bytes`, as a DNS question carries it, in any case. The engine's view denies unless
 * the policy allows; the workload's allows unless the name is at or below a host at which only a registry answers
 * (the catalogue) and that the policy does not allow. Names below `probe.portcullis.internal` are denied by every rule set: they
 * exist to find out whether the filter is in force.
 */
export function judgeWireName(ruleSet: RuleSet, view: View, bytes: Uint8Array, offset: number): Verdict {
  return judge(ruleSet, view, bytes, offset, ANY_PORT, true);
}

function judge(
  ruleSet: RuleSet,
  view: View,
  bytes: Uint8Array,
  offset: number,
  port: number,
  isName: boolean,
): Verdict {
  switch (ruleSet.kind) {
    case 'open':
      if (find(PROBES, bytes, offset, ANY_PORT, false) !== MALFORMED) {
        return isProbe(bytes, offset) ? code['not-in-policy'] : code['not-managed'] | ALLOWED;
      }
      return NOT_A_NAME;
    case 'deny': {
      if (view === 'workload') {
        const dedicated = find(REGISTRY_TAILS, bytes, offset, ANY_PORT, false);
        if (dedicated === MALFORMED) return NOT_A_NAME;
        const denied = isProbe(bytes, offset) || (dedicated >= 0 && deniedToWorkload(null, bytes, offset, port));
        return denied ? code[ruleSet.reason] : code.baseline | ALLOWED;
      }
      const root = bytes[offset] === 0 ? HAS_ALLOWED_BELOW : 0;
      return find(PROBES, bytes, offset, ANY_PORT, false) === MALFORMED ? NOT_A_NAME : code[ruleSet.reason] | root;
    }
    case 'policy': {
      const grant = find(ruleSet.table, bytes, offset, port, isName);
      if (grant === MALFORMED) return NOT_A_NAME;
      let verdict: Verdict;
      if (grant >= 0) verdict = reasonOfGrant(ruleSet, grant) | ALLOWED;
      else if (
        view === 'workload' &&
        !(find(REGISTRY_TAILS, bytes, offset, ANY_PORT, false) >= 0 && deniedToWorkload(ruleSet, bytes, offset, port))
      ) {
        verdict = code.baseline | ALLOWED;
      } else verdict = code['not-in-policy'] | (grant === ANCESTOR_ONLY ? HAS_ALLOWED_BELOW : 0);
      if (isProbe(bytes, offset)) return code['not-in-policy'];
      return relaxed(ruleSet, verdict);
    }
  }
}

/** Where the policy is switched off or only recording, a denial is a remark. */
function relaxed(rules: PolicyRules, verdict: Verdict): Verdict {
  const wouldDeny = verdict & ALLOWED ? 0 : WOULD_DENY;
  if (!rules.enabled) return code['restrictions-off'] | ALLOWED | wouldDeny;
  if (rules.mode === 'audit' && wouldDeny) return code['audit-only'] | ALLOWED | wouldDeny;
  return verdict;
}

function reasonOfGrant(rules: PolicyRules, grant: number): number {
  const kind = rules.table.grantKind[grant] ?? 0;
  if (kind & BASELINE) return code.baseline;
  return kind & COMPANION ? code['allowed-companion'] : code['allowed-by-policy'];
}

/** The slow half of the workload's question, asked only below the catalogue's tails. */
function deniedToWorkload(rules: PolicyRules | null, bytes: Uint8Array, offset: number, port: number): boolean {
  const dedicated = dedicatedHosts(readWireName(bytes, offset) ?? '');
  if (dedicated.length === 0) return false;
  return !dedicated.some(
    (host) => rules !== null && find(rules.table, wireOf({ kind: 'name', host }), 0, port, true) >= 0,
  );
}

function isProbe(bytes: Uint8Array, offset: number): boolean {
  return find(PROBES, bytes, offset, ANY_PORT, false) >= 0;
}

/**
 * May this host be contacted? Total: what is no host is denied wherever anything is restricted. Without `port` (DNS knows none) a
 * rule's port is ignored; with it the rule's must be equal, 443 where the rule names none. IP literals are allowed only where
 * listed.
 */
export function decide(ruleSet: RuleSet, view: View, host: string, port?: number): Decision {
  const name = normalizeHost(host);
  if (name === null) return worded(ruleSet, unparsable(ruleSet), NONE);
  const wire = wireOf(name).slice();
  const asked = port ?? ANY_PORT;
  const verdict = judge(ruleSet, view, wire, 0, asked, name.kind === 'name');
  const grant = ruleSet.kind === 'policy' ? find(ruleSet.table, wire, 0, asked, name.kind === 'name') : NONE;
  return worded(ruleSet, verdict, grant);
}

function unparsable(ruleSet: RuleSet): Verdict {
  if (ruleSet.kind === 'open') return code['not-managed'] | ALLOWED;
  if (ruleSet.kind === 'deny') return code[ruleSet.reason];
  return relaxed(ruleSet, code['not-in-policy']);
}

function worded(ruleSet: RuleSet, verdict: Verdict, grant: number): Decision {
  const reason = reasonOf(verdict);
  const decision: Decision = { allowed: (verdict & ALLOWED) !== 0, reason };
  if (reason === 'restrictions-off' || reason === 'audit-only') decision.wouldDeny = (verdict & WOULD_DENY) !== 0;
  if (ruleSet.kind !== 'policy' || grant < 0 || verdict & WOULD_DENY || !decision.allowed) return decision;
  decision.rule = ruleText(ruleSet, grant);
  const line = registryLine(ruleSet.lines, ruleSet.table.grantLine[grant] ?? -1);
  if (line) decision.registry = line.address;
  return decision;
}

/** The pattern of a grant: `ghcr.io`, `*.data.mcr.microsoft.com`, `registry.example:5000`. */
function ruleText(rules: PolicyRules, grant: number): string {
  const { names, grantKind, grantName, grantPort } = rules.table;
  const kind = grantKind[grant] ?? 0;
  const start = grantName[grant] ?? 0;
  // An IP literal is one label.
  const single = names[start + (names[start] ?? 0) + 1] === 0;
  let host = single
    ? String.fromCharCode(...names.slice(start + 1, start + 1 + (names[start] ?? 0)))
    : readWireName(names, start);
  if (kind & EXPLICIT_PORT && host?.includes(':')) host = `[${host}]`;
  return `${kind & SUFFIX ? '*.' : ''}${host}${kind & EXPLICIT_PORT ? `:${grantPort[grant] ?? DEFAULT_PORT}` : ''}`;
}

/**
 * Whether something below this host is allowed: then a denial of its name is "no data", not "no such name", or resolvers would
 * conclude that nothing is below it (RFC 8020). The root always is. May say so too often, never too seldom, for lists of millions
 * of far-spread names.
 */
export function isAncestorOfAllowed(ruleSet: RuleSet, view: View, host: string): boolean {
  if (host === '' || host === '.') return true;
  const name = normalizeHost(host);
  if (name === null || name.kind === 'ip') return false;
  const wire = wireOf(name).slice();
  if (ruleSet.kind === 'policy' && isAncestor(ruleSet.table, wire, 0)) return true;
  const verdict = judge(ruleSet, view, wire, 0, ANY_PORT, true);
  // What is allowed without being listed is allowed with what is below it.
  return (
    (verdict & ALLOWED) !== 0 &&
    ['not-managed', 'restrictions-off', 'audit-only', 'baseline'].includes(reasonOf(verdict))
  );
}

const scratch = new Uint8Array(MAX_WIRE_NAME + 1);

/** Valid until the next call. */
function wireOf(name: HostName): Uint8Array {
  writeWireName(name, scratch);
  return scratch;
}

function suffixTable(suffixes: readonly string[], alsoThemselves: boolean): ReturnType<NameTableBuilder['build']> {
  const builder = new NameTableBuilder(0);
  for (const host of suffixes) {
    const wire = wireOf({ kind: 'name', host });
    builder.add(wire, ANY_PORT, SUFFIX, 0);
    if (alsoThemselves) builder.add(wire, ANY_PORT, 0, 0);
  }
  return builder.build();
}

const PROBES = suffixTable([PROBE_SUFFIX], true);
const REGISTRY_TAILS = suffixTable(DEDICATED_TAILS, true);
