import { wordsFor } from '../../../shared/messages/words.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { GatewayStatus, RulesInForce } from '../../../shared/schemas/control-schema.ts';
import type { ManagedConfig } from '../../../shared/schemas/managed-config.ts';
import type { WallState } from '../../../shared/schemas/snapshot.ts';
import type { FilterState } from '../../../shared/state/inputs.ts';
import type { LinkState } from './gateway-link.ts';
import type { DesiredPolicyDocument, ProgrammingStep } from './next-step.ts';
import { isBypassed, isProven, PROOF_LIFE_MS, type Proof, WALLS, type Wall } from './prober.ts';
import type { ProgrammerState } from './programmer.ts';

export interface FilterInputs {
  link: LinkState;
  programmer: ProgrammerState;
  /** Somebody belongs to an organization whose policy is held. */
  policyHeld: boolean;
  /** Everything should be refused: the managed configuration cannot be used, or the policy has ended or never came. */
  denyExpected: boolean;
  last: Proof | null;
  lastProven: Proof | null;
  probing: boolean;
  /** Milliseconds since 1970, and of the clock that never jumps. */
  now: { wall: number; monotonic: number };
}

/**
 * What the filter is known to do; null until the gateway has been heard for the first time. Whatever has not been
 * proven at the generation in force, by the connection that is open, and lately, is not `verified`.
 */
export function filterState(inputs: FilterInputs): FilterState | null {
  const { link, programmer, last, probing } = inputs;
  if (link.kind === 'connecting') return null;
  if (link.kind === 'down') return { kind: 'failed', mode: 'denying', problem: link.problem };

  const { inForce, policy, managed } = link.status;
  if (inForce.kind === 'open' && inForce.reason === 'break-glass') {
    return { kind: 'failed', mode: 'open', problem: glassBroken(managed) };
  }
  if (last !== null && last.connection === link.connection) {
    const bypass = bypassOf(last);
    if (bypass !== null) return { kind: 'drifted', direction: 'looser', problem: bypass };
    if (last.engine.kind === 'stopped' && last.engine.problem === null) return { kind: 'engine-stopped' };
  }

  const { wanted, pending, refusal } = programmer;
  if (pending !== null) {
    const direction = refusal === null ? null : driftOf(pending, inForce);
    if (refusal !== null && direction !== null) return { kind: 'drifted', direction, problem: refusal };
    // A policy that was refused leaves the last good one in force, and a renewal changes no rule: that can be proven.
    if (pending.kind !== 'program') return { kind: 'applying', revision: null };
    if (refusal === null && !isRenewal(pending.policy, link.status)) {
      return { kind: 'applying', revision: pending.policy.revision };
    }
  } else if (inputs.denyExpected) {
    // It refuses, as it should; or it has read the configuration or the clock at another time, and found more.
    if (inForce.kind !== 'deny') return { kind: 'applying', revision: null };
  } else if (wanted.kind === 'policy' && inForce.kind === 'deny') {
    return { kind: 'drifted', direction: 'tighter', problem: denies(inForce.detail) };
  } else if (inputs.policyHeld && inForce.kind !== 'policy') {
    // What a probe proves now is not what the policy says.
    return { kind: 'applying', revision: null };
  }

  const proof = provenNow(inputs);
  if (proof !== null) return { kind: 'verified', at: proof.at, generation: proof.generation };
  if (probing) return { kind: 'applying', revision: inForce.kind === 'policy' ? (policy?.revision ?? null) : null };
  return { kind: 'unknown', problem: last === null ? null : inconclusiveOf(last) };
}

function glassBroken({ settings: { breakGlass }, settingsSource }: ManagedConfig): Problem {
  const until = breakGlass ? wordsFor('en', 'en').time.exact(Date.parse(breakGlass.until)) : 'further notice';
  return {
    code: 'break-glass',
    message: `Your administrator has lifted all restrictions until ${until}: ${breakGlass?.reason ?? 'no reason is given'}.`,
    ...(settingsSource === null ? {} : { cause: `set in ${settingsSource}` }),
    next: 'Nothing is to be done here. Restrictions come back by themselves.',
  };
}

/** What each wall was last seen to do, by the same rules. */
export function wallStates(inputs: FilterInputs): Record<Wall, WallState> {
  const { link, last, now } = inputs;
  const stateOf = (wall: Wall): WallState => {
    if (link.kind !== 'up') return { kind: 'unproven', why: 'The filter does not answer.' };
    const proof = provenNow(inputs) ?? last;
    if (proof === null || !holds(proof, link, now)) return { kind: 'unproven', why: 'It has not been checked yet.' };
    const shown = proof.walls[wall];
    switch (shown.kind) {
      case 'proven':
        return { kind: 'proven', at: proof.at, generation: proof.generation };
      case 'not-in-use':
        return shown;
      case 'bypassed':
      case 'inconclusive':
        return { kind: 'unproven', why: shown.problem.message };
    }
  };
  return { dns: stateOf('dns'), proxy: stateOf('proxy') };
}

function provenNow({ link, lastProven, now }: FilterInputs): Proof | null {
  return link.kind === 'up' && lastProven !== null && isProven(lastProven) && holds(lastProven, link, now)
    ? lastProven
    : null;
}

function holds(proof: Proof, link: Extract<LinkState, { kind: 'up' }>, now: FilterInputs['now']): boolean {
  return (
    proof.connection === link.connection &&
    proof.generation === link.status.generation &&
    // Either clock may have stood still or been set back; neither can make a proof younger.
    Math.max(now.wall - proof.at, now.monotonic - proof.monotonic) <= PROOF_LIFE_MS
  );
}

function bypassOf(proof: Proof): Problem | null {
  if (!isBypassed(proof)) return null;
  for (const wall of WALLS) {
    const shown = proof.walls[wall];
    if (shown.kind === 'bypassed') return shown.problem;
  }
  return {
    code: 'engine-not-attached',
    message: 'The engine is not pointed at the filter.',
    next: 'Tell your administrator: the restrictions are not in force.',
  };
}

function inconclusiveOf(proof: Proof): Problem | null {
  for (const wall of WALLS) {
    const shown = proof.walls[wall];
    if (shown.kind === 'inconclusive') return shown.problem;
  }
  return null;
}

/** The same list, signed anew or with a newer membership. */
function isRenewal({ iss, org, revision }: DesiredPolicyDocument, { inForce, policy }: GatewayStatus): boolean {
  return inForce.kind === 'policy' && policy?.iss === iss && policy.org === org && policy.revision === revision;
}

/** Which way the gateway is off when it did not do what it was told; null where what is in force may stay. */
function driftOf(step: ProgrammingStep, inForce: RulesInForce): 'looser' | 'tighter' | null {
  switch (step.kind) {
    case 'lock':
      return inForce.kind === 'deny' ? null : 'looser';
    case 'release':
      return inForce.kind === 'open' ? null : 'tighter';
    case 'program':
      // The list of another organization is not an older one of ours.
      if (inForce.kind === 'open' || (inForce.kind === 'policy' && inForce.org !== step.policy.org)) return 'looser';
      return inForce.kind === 'deny' ? 'tighter' : null;
  }
}

function denies(detail: string): Problem {
  return {
    code: 'gateway-denies',
    message: 'The filter refuses everything, although there is a policy.',
    cause: detail,
    next: 'Run the checks. If it lasts, tell your administrator.',
  };
}
