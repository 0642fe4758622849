import { DEDICATED_TAILS, dedicatedHosts } from './catalogue/dedicated.ts';
import { type HostName, isLoopback, normalizeHost, withPort } from './hosts/host-name.ts';
import { PROBE_SUFFIX } from './probe-names.ts';
import { REASONS } from './reason-list.ts';
import type { Decision, Reason, View } from './reasons.ts';
import type { PolicyRules } from './rule-set/compile.ts';
import { grantLine } from './rule-set/grant-rules.ts';
import { hintFor } from './rule-set/hint-rules.ts';
import { NO_LINE, registryAddress } from './rule-set/lines.ts';
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

/**
 * The one place that decides whether a host may be contacted. It works on the wire form of a name and packs its answer into a
 * number, so that the DNS filter gets one per question without allocating; `decide` gives the same answer as an object.
 */
export type PackedDecision = number;

/** The bytes are not a name, so there is no decision. */
export const NOT_A_NAME: PackedDecision = -1;
/** Bits of a packed decision; the reason is above them. */
export const ALLOWED = 1;
/**
 * With a denial: something below this name is allowed, so NXDOMAIN would be wrong (RFC 8020). For lists of millions of scattered names it
 * may be set too often, never too rarely. The root always has it.
 */
export const HAS_ALLOWED_BELOW = 2;
const WOULD_DENY = 4;
const REASON_SHIFT = 3;

export function reasonOf(packed: PackedDecision): Reason {
  return REASONS[packed >> REASON_SHIFT] ?? 'not-in-policy';
}

const code = Object.fromEntries(REASONS.map((reason, index) => [reason, index << REASON_SHIFT])) as Record<
  Reason,
  number
>;

/** Any port, in questions to the tables. */
const ANY_PORT = 0;

/**
 * Decides on the name in wire form at `offset` of `bytes`, as a DNS question carries it, in any case. The engine's view denies
 * unless the policy allows; the workload's allows unless the name is at or below a host that the catalogue knows as a registry
 * only and that the policy does not allow. Names below `probe.portcullis.internal` are denied by every rule set: they exist to
 * prove that the filter is in force.
 */
export function decideWireName(
  ruleSet: RuleSet,
  view: View,
  bytes: Uint8Array,
  offset: number,
  now: Now,
): PackedDecision {
  return evaluate(ruleSet, view, bytes, offset, ANY_PORT, true, now);
}

/**
 * The time, in seconds since 1970, by which grants end: the gateway's trusted clock. Asked only where a grant matches, because reading it
 * takes calls of the system.
 */
export type Now = () => number;

/** Whoever does not say what time it is has no grants. */
const NO_TIME: Now = () => Number.POSITIVE_INFINITY;

function evaluate(
  ruleSet: RuleSet,
  view: View,
  bytes: Uint8Array,
  offset: number,
  port: number,
  isName: boolean,
  now: Now,
): PackedDecision {
  const line = find(ruleSet.kind === 'policy' ? ruleSet.table : NOTHING, bytes, offset, port, isName);
  if (line === MALFORMED) return NOT_A_NAME;
  const packed = evaluateLine(ruleSet, view, bytes, offset, port, isName, line, now);
  const probe = (packed & ALLOWED) !== 0 && find(PROBES, bytes, offset, ANY_PORT, false) >= 0;
  return probe ? code['not-in-policy'] : packed;
}

/** @param line what the list has for the name: see `find` */
function evaluateLine(
  ruleSet: RuleSet,
  view: View,
  bytes: Uint8Array,
  offset: number,
  port: number,
  isName: boolean,
  line: number,
  now: Now,
): PackedDecision {
  if (ruleSet.kind === 'open') return code[ruleSet.reason] | ALLOWED;
  if (ruleSet.kind === 'policy' && line >= 0) return relaxed(ruleSet, reasonOfLine(ruleSet, line) | ALLOWED);
  const grant = ruleSet.kind === 'policy' ? findGrant(ruleSet, bytes, offset, port, isName, now) : NONE;
  if (ruleSet.kind === 'policy' && grant >= 0) return relaxed(ruleSet, code['allowed-by-grant'] | ALLOWED);
  if (view === 'workload' && !isDeniedRegistry(ruleSet, bytes, offset, port, now)) {
    return ruleSet.kind === 'policy' ? relaxed(ruleSet, code.baseline | ALLOWED) : code.baseline | ALLOWED;
  }
  const below = line === ANCESTOR_ONLY || grant === ANCESTOR_ONLY ? HAS_ALLOWED_BELOW : 0;
  return ruleSet.kind === 'policy' ? relaxed(ruleSet, code['not-in-policy'] | below) : code[ruleSet.reason] | below;
}

/** What the grants that have not ended have for a name: see `find`. Above a grant that has ended it says `ANCESTOR_ONLY` too. */
function findGrant(
  { grants }: PolicyRules,
  bytes: Uint8Array,
  offset: number,
  port: number,
  isName: boolean,
  now: Now,
): number {
  if (grants === undefined) return NONE;
  const { table, ends } = grants;
  const found = find(table, bytes, offset, port, isName);
  return found < 0 ? found : find(table, bytes, offset, port, isName, { ends, now: now() });
}

/** Under a policy that is off or in audit mode, a denial is only noted. */
function relaxed(rules: PolicyRules, packed: PackedDecision): PackedDecision {
  const wouldDeny = packed & ALLOWED ? 0 : WOULD_DENY;
  if (!rules.enabled) return code['restrictions-off'] | ALLOWED | wouldDeny;
  if (rules.mode === 'audit' && wouldDeny) return code['audit-only'] | ALLOWED | wouldDeny;
  return packed;
}

function reasonOfLine(rules: PolicyRules, line: number): number {
  const kind = rules.table.grantKind[line] ?? 0;
  if (kind & BASELINE) return code.baseline;
  return kind & COMPANION ? code['allowed-companion'] : code['allowed-by-policy'];
}

/** At or below a host that is only a registry, none of which the policy allows. */
function isDeniedRegistry(
  ruleSet: PolicyRules | DenyRules,
  bytes: Uint8Array,
  offset: number,
  port: number,
  now: Now,
): boolean {
  // Hardly any name ends like a registry's; only those are read as text.
  if (find(REGISTRY_TAILS, bytes, offset, ANY_PORT, false) < 0) return false;
  const dedicated = dedicatedHosts(readWireName(bytes, offset) ?? '');
  if (ruleSet.kind === 'deny') return dedicated.length > 0;
  const isAllowed = (host: string): boolean => {
    const wire = wireOf({ kind: 'name', host }, registryScratch);
    return find(ruleSet.table, wire, 0, port, true) >= 0 || findGrant(ruleSet, wire, 0, port, true, now) >= 0;
  };
  return dedicated.length > 0 && !dedicated.some(isAllowed);
}

/**
 * May this host be contacted? Total: what is not a host is denied wherever anything is restricted. Without `port` (DNS has none)
 * a rule's port is ignored; with it the rule's must be equal, 443 if the rule names none. IP literals are allowed only if
 * listed, except those of loopback, which are other spellings of `localhost`.
 *
 * @param now the time by which grants end, in seconds since 1970; without it none counts.
 */
export function decide(ruleSet: RuleSet, view: View, host: string, port?: number, now?: number): Decision {
  const written = normalizeHost(host);
  if (written === null) return describe(ruleSet, unparsable(ruleSet), null);
  const asked = port ?? ANY_PORT;
  const clock: Now = now === undefined ? NO_TIME : () => now;
  const isListed = ruleSet.kind === 'policy' && match(ruleSet, written, asked, clock) !== null;
  const name = isLoopback(written) && !isListed ? LOCALHOST : written;
  const packed = evaluate(ruleSet, view, wireOf(name, scratch), 0, asked, name.kind === 'name', clock);
  const decision = describe(ruleSet, packed, ruleSet.kind === 'policy' ? match(ruleSet, name, asked, clock) : null);
  const { reason, allowed, wouldDeny } = decision;
  if (ruleSet.kind !== 'policy' || (allowed && !(reason === 'audit-only' && wouldDeny))) return decision;
  const hint = ruleSet.hints && hintFor(ruleSet.hints, wireOf(name, scratch), asked, name.kind === 'name');
  return hint ? { ...decision, hint } : decision;
}

/** By what a host is allowed, the list or a grant. */
type Match = { by: 'list' | 'grant'; index: number };

function match(rules: PolicyRules, name: HostName, port: number, now: Now): Match | null {
  const isName = name.kind === 'name';
  const wire = wireOf(name, scratch);
  const line = find(rules.table, wire, 0, port, isName);
  if (line >= 0) return { by: 'list', index: line };
  const grant = findGrant(rules, wire, 0, port, isName, now);
  return grant >= 0 ? { by: 'grant', index: grant } : null;
}

function unparsable(ruleSet: RuleSet): PackedDecision {
  if (ruleSet.kind === 'open') return code[ruleSet.reason] | ALLOWED;
  if (ruleSet.kind === 'deny') return code[ruleSet.reason];
  return relaxed(ruleSet, code['not-in-policy']);
}

function describe(ruleSet: RuleSet, packed: PackedDecision, found: Match | null): Decision {
  const reason = reasonOf(packed);
  const decision: Decision = { allowed: (packed & ALLOWED) !== 0, reason };
  if (reason === 'restrictions-off' || reason === 'audit-only') decision.wouldDeny = (packed & WOULD_DENY) !== 0;
  if (ruleSet.kind !== 'policy' || found === null || packed & WOULD_DENY || !decision.allowed) return decision;
  const { by, index } = found;
  if (by === 'list') {
    decision.rule = ruleText(ruleSet.table, index);
    const registry = registryAddress(ruleSet.lines, ruleSet.table.grantLine[index] ?? NO_LINE);
    if (registry !== null) decision.registry = registry;
    return decision;
  }
  if (ruleSet.grants === undefined) return decision;
  const { address, until, teams } = grantLine(ruleSet.grants, ruleSet.grants.table.grantLine[index] ?? 0);
  decision.rule = ruleText(ruleSet.grants.table, index);
  decision.registry = address;
  if (until !== null) decision.until = until;
  if (teams.length > 0) decision.teams = teams;
  return decision;
}

/** The pattern that matched: `ghcr.io`, `*.data.mcr.microsoft.com`, `registry.example:5000`, `[::1]:5000`. */
function ruleText({ names, grantKind, grantName, grantPort }: NameTable, index: number): string {
  const kind = grantKind[index] ?? 0;
  const host = readHost(names, grantName[index] ?? 0);
  return `${kind & SUFFIX ? '*.' : ''}${withPort(host, kind & EXPLICIT_PORT ? grantPort[index] : null)}`;
}

const scratch = new Uint8Array(MAX_WIRE_NAME + 1);
const registryScratch = new Uint8Array(MAX_WIRE_NAME + 1);

/** Returns memory that the next call overwrites. */
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
