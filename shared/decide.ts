import { DEDICATED_TAILS, dedicatedHosts } from './catalogue/dedicated.ts';
import { type HostName, isLoopback, normalizeHost, withPort } from './hosts/host-name.ts';
import { type Decision, Reason, type View } from './reasons.ts';
import { NO_LINE, type PolicyRules } from './rule-set/compile.ts';
import { registryAddress } from './rule-set/lines.ts';
import {
  ANCESTOR_ONLY,
  BASELINE,
  COMPANION,
  EXPLICIT_PORT,
  find,
  MALFORMED,
  type NameTable,
  NameTableBuilder,
  NONE,
  SUFFIX,
} from './rule-set/name-table.ts';
import type { DenyRules, RuleSet } from './rule-set/rule-set.ts';
import { MAX_WIRE_NAME, readHost, readWireName, writeWireName } from './rule-set/wire-name.ts';
import { PROBE_SUFFIX } from './schemas/control-schema.ts';

/**
 * The one place that decides whether a host may be contacted. It is written on the wire form of a name and packs its answer into
 * a number, so that the DNS filter asks it once per question without allocating; `decide` asks the same and puts it into words.
 */
export type PackedDecision = number;

/** The bytes are no name: no decision. */
export const NOT_A_NAME: PackedDecision = -1;
/** Bits of a verdict; the reason is above them. */
export const ALLOWED = 1;
/**
 * With a denial: something below this name is allowed, so that NXDOMAIN would be wrong (RFC 8020). May say so too often, never too seldom,
 * for lists of millions of far-spread names. The root always has it.
 */
export const HAS_ALLOWED_BELOW = 2;
const WOULD_DENY = 4;
const REASON_SHIFT = 3;

export function reasonOf(verdict: PackedDecision): Reason {
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
export function decideWireName(ruleSet: RuleSet, view: View, bytes: Uint8Array, offset: number): PackedDecision {
  return evaluate(ruleSet, view, bytes, offset, ANY_PORT, true);
}

function evaluate(
  ruleSet: RuleSet,
  view: View,
  bytes: Uint8Array,
  offset: number,
  port: number,
  isName: boolean,
): PackedDecision {
  const grant = find(ruleSet.kind === 'policy' ? ruleSet.table : NOTHING, bytes, offset, port, isName);
  if (grant === MALFORMED) return NOT_A_NAME;
  const verdict = evaluateGrant(ruleSet, view, bytes, offset, port, grant);
  const probe = (verdict & ALLOWED) !== 0 && find(PROBES, bytes, offset, ANY_PORT, false) >= 0;
  return probe ? code['not-in-policy'] : verdict;
}

function evaluateGrant(
  ruleSet: RuleSet,
  view: View,
  bytes: Uint8Array,
  offset: number,
  port: number,
  grant: number,
): PackedDecision {
  if (ruleSet.kind === 'open') return code[ruleSet.reason] | ALLOWED;
  if (ruleSet.kind === 'policy' && grant >= 0) return relaxed(ruleSet, reasonOfGrant(ruleSet, grant) | ALLOWED);
  if (view === 'workload' && !isDeniedRegistry(ruleSet, bytes, offset, port)) {
    return ruleSet.kind === 'policy' ? relaxed(ruleSet, code.baseline | ALLOWED) : code.baseline | ALLOWED;
  }
  const below = grant === ANCESTOR_ONLY ? HAS_ALLOWED_BELOW : 0;
  return ruleSet.kind === 'policy' ? relaxed(ruleSet, code['not-in-policy'] | below) : code[ruleSet.reason] | below;
}

/** Where the policy is switched off or only recording, a denial is a remark. */
function relaxed(rules: PolicyRules, verdict: PackedDecision): PackedDecision {
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

/** At or below a host at which only a registry answers, none of which the policy allows. */
function isDeniedRegistry(ruleSet: PolicyRules | DenyRules, bytes: Uint8Array, offset: number, port: number): boolean {
  // Nearly no name ends like a registry's, and the others need not be looked at as text.
  if (find(REGISTRY_TAILS, bytes, offset, ANY_PORT, false) < 0) return false;
  const dedicated = dedicatedHosts(readWireName(bytes, offset) ?? '');
  if (ruleSet.kind === 'deny') return dedicated.length > 0;
  const isAllowed = (host: string) =>
    find(ruleSet.table, wireOf({ kind: 'name', host }, registryScratch), 0, port, true) >= 0;
  return dedicated.length > 0 && !dedicated.some(isAllowed);
}

/**
 * May this host be contacted? Total: what is no host is denied wherever anything is restricted. Without `port` (DNS knows none) a
 * rule's port is ignored; with it the rule's must be equal, 443 where the rule names none. IP literals are allowed only where
 * listed, but for those of loopback, which are other spellings of `localhost`.
 */
export function decide(ruleSet: RuleSet, view: View, host: string, port?: number): Decision {
  const written = normalizeHost(host);
  if (written === null) return worded(ruleSet, unparsable(ruleSet), NONE);
  const asked = port ?? ANY_PORT;
  const name = isLoopback(written) && !isListed(ruleSet, written, asked) ? LOCALHOST : written;
  const wire = wireOf(name, scratch);
  const verdict = evaluate(ruleSet, view, wire, 0, asked, name.kind === 'name');
  const grant = ruleSet.kind === 'policy' ? find(ruleSet.table, wire, 0, asked, name.kind === 'name') : NONE;
  return worded(ruleSet, verdict, grant);
}

function isListed(ruleSet: RuleSet, { kind, host }: HostName, port: number): boolean {
  return (
    ruleSet.kind === 'policy' && find(ruleSet.table, wireOf({ kind, host }, scratch), 0, port, kind === 'name') >= 0
  );
}

function unparsable(ruleSet: RuleSet): PackedDecision {
  if (ruleSet.kind === 'open') return code[ruleSet.reason] | ALLOWED;
  if (ruleSet.kind === 'deny') return code[ruleSet.reason];
  return relaxed(ruleSet, code['not-in-policy']);
}

function worded(ruleSet: RuleSet, verdict: PackedDecision, grant: number): Decision {
  const reason = reasonOf(verdict);
  const decision: Decision = { allowed: (verdict & ALLOWED) !== 0, reason };
  if (reason === 'restrictions-off' || reason === 'audit-only') decision.wouldDeny = (verdict & WOULD_DENY) !== 0;
  if (ruleSet.kind !== 'policy' || grant < 0 || verdict & WOULD_DENY || !decision.allowed) return decision;
  decision.rule = ruleText(ruleSet, grant);
  const registry = registryAddress(ruleSet.lines, ruleSet.table.grantLine[grant] ?? NO_LINE);
  if (registry !== null) decision.registry = registry;
  return decision;
}

/** The pattern of a grant: `ghcr.io`, `*.data.mcr.microsoft.com`, `registry.example:5000`, `[::1]:5000`. */
function ruleText(rules: PolicyRules, grant: number): string {
  const { names, grantKind, grantName, grantPort } = rules.table;
  const kind = grantKind[grant] ?? 0;
  const host = readHost(names, grantName[grant] ?? 0);
  return `${kind & SUFFIX ? '*.' : ''}${withPort(host, kind & EXPLICIT_PORT ? grantPort[grant] : null)}`;
}

const scratch = new Uint8Array(MAX_WIRE_NAME + 1);
const registryScratch = new Uint8Array(MAX_WIRE_NAME + 1);

/** In memory that the next call uses again. */
function wireOf(name: HostName, into: Uint8Array): Uint8Array {
  writeWireName(name, into);
  return into;
}

/** These hosts and all that is below them. */
function subtrees(hosts: readonly string[]): NameTable {
  const builder = new NameTableBuilder(0);
  for (const host of hosts) {
    const wire = wireOf({ kind: 'name', host }, scratch);
    builder.add(wire, ANY_PORT, SUFFIX, 0);
    builder.add(wire, ANY_PORT, 0, 0);
  }
  return builder.build();
}

const LOCALHOST: HostName = { kind: 'name', host: 'localhost' };
const NOTHING = subtrees([]);
const PROBES = subtrees([PROBE_SUFFIX]);
const REGISTRY_TAILS = subtrees(DEDICATED_TAILS);
