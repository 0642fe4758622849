import { z } from 'zod';
import { Problem } from '../problems/problem.ts';
import { DerivedState } from '../state/derive-state.ts';
import { EngineState, FilterState, HealthEntry, Millis, PolicyState, SessionState } from '../state/inputs.ts';
import { FoundEngine } from './attachment.ts';
import { Caveat } from './caveat.ts';
import { MembershipStatus, UpstreamHealth } from './control-schema.ts';
import { ManagedConfig } from './managed-config.ts';
import { RequestsView } from './own-request.ts';
import { PreferencesView } from './preferences.ts';
import { ReportingView } from './reporting.ts';
import { Tour } from './tour.ts';

/** The largest a snapshot may be as JSON, in bytes: it is sent whole on every change. Lists are paged queries instead. */
export const MAX_SNAPSHOT_BYTES = 64 * 1024;

/** One of the two walls, DNS or proxy. `not-in-use`: the engine does not go that way, the other wall decides. */
export const WallState = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('proven'), at: Millis, generation: z.number().int() }),
  z.object({ kind: z.literal('unproven'), why: Problem }),
  z.object({ kind: z.literal('not-in-use'), why: Problem }),
]);
export type WallState = z.infer<typeof WallState>;

export const SyncState = z.object({
  running: z.boolean(),
  /** The last answer of acme's server, 304 included. */
  lastContact: Millis.nullable(),
  lastAttempt: Millis.nullable(),
  next: Millis.nullable(),
  problem: Problem.nullable(),
});
export type SyncState = z.infer<typeof SyncState>;

/** What the agent shows of the managed configuration: without the keys, which may be long. */
export const ManagedView = ManagedConfig.omit({ settings: true }).extend({
  hub: z.string().nullable(),
  locked: z.array(z.string()),
  keysPinned: z.boolean(),
  /** Whom to ask where the policy names nobody. An agent of the version before does not say. */
  supportContact: z.string().nullable().default(null),
});
export type ManagedView = z.infer<typeof ManagedView>;

export const GatewayView = z.object({
  connected: z.boolean(),
  generation: z.number().int().nullable(),
  version: z.string().nullable(),
  /** Of its control socket. */
  protocol: z.number().int().nullable().default(null),
  /** Whose proof of membership decides there. An agent of the version before does not say. */
  membership: MembershipStatus.nullable().default(null),
  dns: z.array(z.string()),
  proxy: z.array(z.string()),
  /** The resolvers that the gateway asks; the first of them, if there are very many. */
  upstreams: z.array(UpstreamHealth).max(32),
  problem: Problem.nullable(),
});
export type GatewayView = z.infer<typeof GatewayView>;

/** An engine of this machine, and what holds it. `command`: what would hold it more firmly. */
export const ShownEngine = FoundEngine.omit({ id: true }).extend({
  /** It is attached, and the audit has found a way past the gateway. */
  wayPast: z.boolean(),
});
export type ShownEngine = z.infer<typeof ShownEngine>;

/** The one value that every screen, the tray, the CLI and the report are functions of. It holds no secret. */
export const Snapshot = z.object({
  version: z.string(),
  at: Millis,
  state: DerivedState,
  managed: ManagedView.nullable(),
  session: SessionState.nullable(),
  policy: PolicyState.nullable(),
  filter: FilterState.nullable(),
  walls: z.object({ dns: WallState, proxy: WallState }),
  gateway: GatewayView,
  /** The one that is checked. */
  engine: EngineState,
  /** All that are known, with what holds each. */
  engines: z.array(ShownEngine).max(20).default([]),
  sync: SyncState,
  health: z.array(HealthEntry).max(32),
  caveats: z.array(Caveat).max(40),
  /** Look-ups and connections refused (or, in audit mode, that would have been) since midnight, local time. */
  deniedToday: z.number().int(),
  /** Of `denials.list`: changes whenever that list does. */
  denialsVersion: z.string(),
  /** Requesting access; null from an agent that does not know it. */
  requests: RequestsView.nullable().default(null),
  /** What is sent to the organization's server; null from an agent that sends nothing. */
  reporting: ReportingView.nullable().default(null),
  preferences: PreferencesView,
  /** Names this run of the agent in its log and in what is sent to support: six characters, easy to read out. */
  reportId: z.string(),
  /** In the demo only. */
  tour: Tour.nullable().default(null),
});
export type Snapshot = z.infer<typeof Snapshot>;
