import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { GatewayStatus, RulesInForce } from '../../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { WallState } from '../../../shared/schemas/snapshot.ts';
import type { FilterState } from '../../../shared/state/inputs.ts';
import type { LinkState } from './gateway-link.ts';
import type { DesiredPolicyDocument, ProgrammingStep } from './next-step.ts';
import type { ProberState } from './prober.ts';
import type { ProgrammerState } from './programmer.ts';
import { bypassOf, inconclusiveOf, isCurrent, isProven, type Proof, type Wall } from './proof.ts';

export interface FilterInputs extends ProberState {
  link: LinkState;
  programmer: ProgrammerState;
  /** Somebody belongs to an organization whose policy is held. */
  policyHeld: boolean;
  /** All pulls should be blocked: the managed configuration cannot be used, or the policy has expired or never came. */
  denyExpected: boolean;
  /** Milliseconds since 1970, and of the clock that never jumps. */
  now: { wall: number; monotonic: number };
}

/**
 * What the filter is known to do; null until the gateway has answered for the first time. `verified` takes a recent proof at
 * the generation in force, over the connection that is open.
 */
export function filterState(inputs: FilterInputs): FilterState | null {
  const { link, programmer, last, isProbing } = inputs;
  if (link.kind === 'connecting') return null;
  if (link.kind === 'down') {
    // One that is away lets nothing pass; one that answers, and is not understood, may.
    const mode = link.problem.code === 'gateway-not-understood' ? 'open' : 'denying';
    return { kind: 'failed', mode, problem: link.problem };
  }

  const { inForce, policy, managed, attachment } = link.status;
  if (inForce.kind === 'open' && inForce.reason === 'break-glass') {
    return { kind: 'failed', mode: 'open', problem: breakGlassProblem(managed) };
  }
  // Root's audit sees ways past the gateway that no probe takes.
  const way =
    attachment?.kind === 'audited' ? attachment.findings.find(({ severity }) => severity === 'open') : undefined;
  if (way !== undefined) return { kind: 'failed', mode: 'open', problem: way.problem };
  if (last !== null && last.connection === link.connection) {
    const bypass = bypassOf(last);
    if (bypass !== null) return { kind: 'drifted', direction: 'looser', problem: bypass };
    if (last.engine.kind === 'stopped' && last.engine.problem === null) return { kind: 'engine-stopped' };
  }

  const { wanted, pending, refusal } = programmer;
  if (pending !== null) {
    const direction = refusal === null ? null : driftOf(pending, inForce);
    if (refusal !== null && direction !== null) return { kind: 'drifted', direction, problem: refusal };
    // A refused policy leaves the last good one in force, and a renewal changes no rule: both can be proven.
    if (pending.kind !== 'program') return { kind: 'applying', revision: null };
    if (refusal === null && !isRenewal(pending.policy, link.status)) {
      return { kind: 'applying', revision: pending.policy.revision };
    }
  } else if (inputs.denyExpected) {
    // The gateway may have read the configuration or the clock at another time.
    if (inForce.kind !== 'deny') return { kind: 'applying', revision: null };
  } else if (wanted.kind === 'policy' && inForce.kind === 'deny') {
    return { kind: 'drifted', direction: 'tighter', problem: problem('gateway-denies', {}, { cause: inForce.detail }) };
  } else if (inputs.policyHeld && inForce.kind !== 'policy') {
    // A proof of other rules says nothing about the policy.
    return { kind: 'applying', revision: null };
  }

  const proof = provenNow(inputs);
  if (proof !== null) return { kind: 'verified', at: proof.at, generation: proof.generation };
  if (isProbing) return { kind: 'applying', revision: inForce.kind === 'policy' ? (policy?.revision ?? null) : null };
  return { kind: 'unknown', problem: last === null ? null : inconclusiveOf(last) };
}

function breakGlassProblem({ settings: { breakGlass }, settingsSource }: ManagedConfig): Problem {
  const details = { cause: settingsSource === null ? undefined : `set in ${settingsSource}` };
  // The gateway may know of it before this agent has read the same file.
  if (breakGlass === undefined) return problem('break-glass-unread', {}, details);
  return problem('break-glass', { until: Date.parse(breakGlass.until), reason: breakGlass.reason }, details);
}

/** What each wall was last seen to do, by the same rules. */
export function wallStates(inputs: FilterInputs): Record<Wall, WallState> {
  const { link, last, now } = inputs;
  const stateOf = (wall: Wall): WallState => {
    if (link.kind !== 'up') return { kind: 'unproven', why: problem('gateway-away') };
    const proof = provenNow(inputs) ?? last;
    if (proof === null || !isCurrent(proof, link, now)) return { kind: 'unproven', why: problem('wall-not-checked') };
    const shown = proof.walls[wall];
    switch (shown.kind) {
      case 'proven':
        return { kind: 'proven', at: proof.at, generation: proof.generation };
      case 'not-in-use':
        return shown;
      case 'bypassed':
      case 'inconclusive':
        return { kind: 'unproven', why: shown.problem };
    }
  };
  return { dns: stateOf('dns'), proxy: stateOf('proxy') };
}

function provenNow({ link, lastProven, now }: FilterInputs): Proof | null {
  return link.kind === 'up' && lastProven !== null && isProven(lastProven) && isCurrent(lastProven, link, now)
    ? lastProven
    : null;
}

/** The same list, signed again or with a newer membership. */
function isRenewal({ iss, org, revision }: DesiredPolicyDocument, { inForce, policy }: GatewayStatus): boolean {
  return inForce.kind === 'policy' && policy?.iss === iss && policy.org === org && policy.revision === revision;
}

/** How what is in force differs from what the gateway refused to do; null where it may stay. */
function driftOf(step: ProgrammingStep, inForce: RulesInForce): 'looser' | 'tighter' | null {
  switch (step.kind) {
    case 'lock':
      return inForce.kind === 'deny' ? null : 'looser';
    case 'release':
      return inForce.kind === 'open' ? null : 'tighter';
    case 'program':
      // The list of another organization may allow what ours does not.
      if (inForce.kind === 'open' || (inForce.kind === 'policy' && inForce.org !== step.policy.org)) return 'looser';
      return inForce.kind === 'deny' ? 'tighter' : null;
  }
}
