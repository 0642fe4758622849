import { TICKS_PER_SECOND } from './timeline.ts';

/** What a machine asks for, and `refused`: an attempt that no server answered. */
export const CALLS = [
  ...['token', 'user', 'policy unchanged', 'policy', 'membership', 'nonce', 'report', 'stream', 'refused'],
] as const;
export type Call = 'token' | 'user' | 'policy unchanged' | 'policy' | 'membership' | 'nonce' | 'report' | 'stream';

/** Half of a policy's life, as the hub renews it (main/hub/registry-access/document.ts). */
export const POLICY_SECONDS = 72 * 3600;
export const MEMBERSHIP_SECONDS = 72 * 3600;

/** A policy as it was signed. Times in seconds of the simulation. */
export interface SignedPolicy {
  revision: number;
  iat: number;
}

export interface ServerOptions {
  seconds: number;
  /** In which nobody answers, in seconds. */
  outage: { from: number; until: number } | null;
  /** When the first policy was signed; before the simulation began, so negative. */
  signedAt: number;
  /** Requests that are answered in a second; what is more is turned away at once. null: all. */
  capacity: number | null;
}

/** The hub, or a web server and an identity provider: they answer, count, and renew the policy at half of its life. */
export interface Servers {
  isUp(tick: number): boolean;
  /** @returns false: not answered */
  ask(call: Call, tick: number): boolean;
  /** An attempt that failed before anything was asked. */
  refuse(tick: number): void;
  publish(tick: number): void;
  /** The policy that is served now. */
  policy(tick: number): number;
  readonly policies: readonly SignedPolicy[];
  /** Answered requests by call, and those not answered, in each second. */
  readonly perSecond: Readonly<Record<(typeof CALLS)[number], Uint32Array>>;
}

export function createServers({ seconds, outage, signedAt, capacity }: ServerOptions): Servers {
  const perSecond = Object.fromEntries(
    CALLS.map((call) => [call, new Uint32Array(seconds + 1)]),
  ) as Servers['perSecond'];
  const taken = new Uint32Array(seconds + 1);
  const policies: SignedPolicy[] = [{ revision: 1, iat: signedAt }];
  const from = outage === null ? Number.POSITIVE_INFINITY : outage.from * TICKS_PER_SECOND;
  const until = outage === null ? 0 : outage.until * TICKS_PER_SECOND;

  const isUp = (tick: number): boolean => tick < from || tick >= until;
  const secondOf = (tick: number): number => Math.floor(tick / TICKS_PER_SECOND);
  const add = (call: (typeof CALLS)[number], second: number): void => {
    const counts = perSecond[call];
    counts[second] = (counts[second] as number) + 1;
  };

  return {
    perSecond,
    policies,
    isUp,
    ask(call, tick) {
      const second = secondOf(tick);
      if (!isUp(tick) || (capacity !== null && (taken[second] as number) >= capacity)) {
        add('refused', second);
        return false;
      }
      taken[second] = (taken[second] as number) + 1;
      add(call, second);
      return true;
    },
    refuse: (tick) => add('refused', secondOf(tick)),
    publish(tick) {
      const { revision } = policies.at(-1) as SignedPolicy;
      policies.push({ revision: revision + 1, iat: secondOf(tick) });
    },
    policy(tick) {
      const second = secondOf(tick);
      const newest = policies.at(-1) as SignedPolicy;
      // As the hub does: by whoever asks first.
      if (second >= newest.iat + POLICY_SECONDS / 2) policies.push({ revision: newest.revision, iat: second });
      return policies.length - 1;
    },
  };
}
