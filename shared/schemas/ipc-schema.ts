import { z } from 'zod';
import { spokenLanguages } from '../messages/languages.ts';
import { Problem } from '../problems/problem.ts';
import { Decision, Reason, View } from '../reasons.ts';
import { StateId } from '../state/derive-state.ts';
import { Millis } from '../state/inputs.ts';
import { OwnRequest } from './own-request.ts';
import { PreferencesChange } from './preferences.ts';
import { SentReport } from './reporting.ts';
import { Snapshot } from './snapshot.ts';

/** No message of any transport is longer, in bytes of UTF-8. */
export const MAX_MESSAGE_BYTES = 1024 * 1024;
export const MAX_PAGE = 200;

const Nothing = z.strictObject({});

/** Lists are asked for page by page; a cursor is good for one generation of the list, after which `stale` is true and one starts anew. */
const PageArgs = z.strictObject({
  query: z.string().max(255).default(''),
  cursor: z.string().max(255).nullable().default(null),
  /** Lines to skip after the cursor: with a null cursor any place of the list can be looked at. */
  offset: z.number().int().min(0).default(0),
  limit: z.number().int().min(1).max(MAX_PAGE).default(50),
});
function pageOf<T extends z.ZodType>(item: T) {
  return z.object({
    items: z.array(item).max(MAX_PAGE),
    total: z.number().int(),
    next: z.string().nullable(),
    stale: z.boolean(),
    /** Of the list: pages of two versions do not belong together. */
    version: z.string(),
  });
}

/** What whoever keeps the list should know about a companion, by language. */
const CompanionNote = z.record(z.enum(spokenLanguages), z.string());

/** One line of the organization's list with what the catalogue adds to it. */
export const RegistryRow = z.object({
  address: z.string(),
  nickname: z.string().nullable(),
  /** The catalogue's name for it: `GitHub Container Registry`. */
  known: z.string().nullable(),
  /** Why the line has no effect: it is no address. */
  problem: z.string().nullable(),
  /** Why the line may not do what was meant. */
  notices: z.array(Problem),
  companions: z.array(
    z.object({
      host: z.string(),
      purpose: z.string(),
      /** Also used by others than this registry. */
      shared: z.boolean(),
      /** Too broad to allow automatically: the owner has to list it. */
      optIn: z.boolean(),
      /** Allowed because every pull needs it, although anyone can publish there. */
      open: z.boolean(),
      note: CompanionNote.nullable(),
    }),
  ),
});
export type RegistryRow = z.infer<typeof RegistryRow>;

/** What is allowed beside the list: until a time, for teams, or both. */
export const GrantRow = z.object({
  address: z.string(),
  nickname: z.string().nullable(),
  /** The catalogue's name for it. */
  known: z.string().nullable(),
  /** When it ends, milliseconds since 1970; null: with membership of its teams. */
  until: Millis.nullable(),
  /** null: for everybody in the organization. */
  teams: z.array(z.string()).nullable(),
  /** It counts on this machine: it is for everybody, or for a team of the person whose proof decides. */
  counts: z.boolean(),
  /** Why it has no effect: it is no address. */
  problem: Problem.nullable(),
});
export type GrantRow = z.infer<typeof GrantRow>;

/**
 * `decide`'s answer to "may I pull this?", in both views. What a grant allows has the reason `allowed-by-policy` here, which older command
 * lines know; `until` and `teams` tell it from the list.
 */
export const Explanation = z.object({
  subject: z.string(),
  /** What a pasted command, line or page was understood as; null where it was taken as it is. */
  readAs: z.string().nullable().default(null),
  kind: z.enum(['image', 'host']),
  /** As one would name it to whoever keeps the list. */
  registry: z.string(),
  /** May the engine contact every host that this needs? */
  allowed: z.boolean(),
  hosts: z.array(
    z.object({
      host: z.string(),
      port: z.number().int().nullable(),
      engine: Decision,
      workload: Decision,
    }),
  ),
  /** What a pull that is allowed may be redirected to, and is not: hosts at which anyone can publish, which take a line of their own. */
  mayNeed: z
    .array(
      z.object({
        host: z.string(),
        /** Pulls do without it today. */
        rarely: z.boolean(),
        note: CompanionNote.nullable(),
      }),
    )
    .default([]),
  /** One sentence for a person, and what to do. */
  sentence: z.string(),
  next: z.string().nullable(),
  /** The rule set that answered, by generation; null when the gateway did not answer and the agent's own copy did. */
  generation: z.number().int().nullable(),
});
export type Explanation = z.infer<typeof Explanation>;

/** What was refused lately, or under audit would have been, by host. */
export const DeniedHost = z.object({
  host: z.string(),
  /** false: it was only recorded. */
  refused: z.boolean(),
  count: z.number().int(),
  first: Millis,
  last: Millis,
  views: z.array(View),
  walls: z.array(z.enum(['dns', 'proxy'])),
  /** The latest. */
  reason: Reason,
});
export type DeniedHost = z.infer<typeof DeniedHost>;

export const Transition = z.object({ at: Millis, from: StateId, to: StateId, code: z.string() });
export type Transition = z.infer<typeof Transition>;

/**
 * Every call there is. `audience` `owner` calls are served on the agent's own socket (0600) only, never to a page.
 * Both ends are derived from this table: see ipc.ts.
 */
export const ipcCalls = {
  'snapshot.get': { audience: 'any', args: Nothing, result: Snapshot },
  'session.signIn': {
    audience: 'any',
    /** Who opens the address in a browser: the agent, or the caller (a panel that is itself in a browser). */
    args: z.strictObject({ opener: z.enum(['agent', 'caller']) }),
    result: z.object({ authorizationUrl: z.string(), opened: z.boolean() }),
  },
  /** A code that is entered in a browser on any other device (RFC 8628). The outcome arrives as state. */
  'session.signInByDevice': {
    audience: 'any',
    args: Nothing,
    result: z.object({
      verificationUri: z.string(),
      /** With the code in it. */
      verificationUriComplete: z.string().optional(),
      userCode: z.string(),
      expiresAt: Millis,
    }),
  },
  /** The page of the sign-in under way again, for somebody who has closed it; no new sign-in begins. */
  'session.continueSignIn': {
    audience: 'any',
    args: z.strictObject({ opener: z.enum(['agent', 'caller']) }),
    result: z.object({ address: z.string(), userCode: z.string().nullable(), opened: z.boolean() }),
  },
  'session.cancelSignIn': { audience: 'any', args: Nothing, result: z.object({}) },
  'session.signOut': { audience: 'any', args: Nothing, result: z.object({}) },
  'sync.now': {
    audience: 'any',
    args: Nothing,
    result: z.object({ outcome: z.enum(['updated', 'unchanged', 'failed']), problem: Problem.nullable() }),
  },
  'enforcement.check': {
    audience: 'any',
    args: Nothing,
    result: z.object({ verified: z.boolean(), problem: Problem.nullable() }),
  },
  'registries.list': { audience: 'any', args: PageArgs, result: pageOf(RegistryRow) },
  'grants.list': { audience: 'any', args: PageArgs, result: pageOf(GrantRow) },
  'decide.explain': {
    audience: 'any',
    args: z.strictObject({ subject: z.string().min(1).max(1024) }),
    result: Explanation,
  },
  'denials.list': { audience: 'any', args: PageArgs, result: pageOf(DeniedHost) },
  'transitions.list': { audience: 'any', args: PageArgs, result: pageOf(Transition) },
  'requests.list': { audience: 'any', args: PageArgs, result: pageOf(OwnRequest) },
  /** Requests access to the host of an image, as the person who is signed in. Only a person's own press or command calls it. */
  'requests.create': {
    audience: 'any',
    args: z.strictObject({
      /** What was typed: an image, a host, a whole command. */
      subject: z.string().min(1).max(1024),
      /** The one to request, where it is another than the subject's registry. */
      host: z.string().min(1).max(512).nullable().default(null),
      reason: z.string().max(2000).default(''),
    }),
    result: OwnRequest,
  },
  'requests.withdraw': {
    audience: 'any',
    args: z.strictObject({ id: z.string().min(1).max(64) }),
    result: z.object({}),
  },
  /** The bytes of the last report that the organization's server took; null where there is none. */
  'reports.last': { audience: 'any', args: Nothing, result: z.object({ sent: SentReport.nullable() }) },
  'preferences.set': { audience: 'any', args: PreferencesChange, result: z.object({}) },
  /** All that support asks for, written to a file of this user's. */
  'report.save': { audience: 'any', args: Nothing, result: z.object({ file: z.string() }) },
  'panel.open': {
    audience: 'owner',
    /** `print`: answer with the address, which holds a one-time code, instead of opening a browser. */
    args: z.strictObject({ print: z.boolean().default(false) }),
    result: z.object({ url: z.string().nullable() }),
  },
} as const satisfies Record<string, { audience: 'any' | 'owner'; args: z.ZodType; result: z.ZodType }>;

export type CallName = keyof typeof ipcCalls;
export type CallArgs<C extends CallName> = z.input<(typeof ipcCalls)[C]['args']>;
export type ParsedArgs<C extends CallName> = z.output<(typeof ipcCalls)[C]['args']>;
export type CallResult<C extends CallName> = z.output<(typeof ipcCalls)[C]['result']>;

export const ipcEvents = { snapshot: Snapshot } as const;
export type EventName = keyof typeof ipcEvents;
export type EventData<E extends EventName> = z.output<(typeof ipcEvents)[E]>;

/** Request `{id, call, args}`, response `{id, ok}` or `{id, error}`, event `{seq, event, data}` with a gapless `seq`. */
export const Request = z.strictObject({ id: z.number().int().min(0), call: z.string().max(64), args: z.unknown() });
export type Request = z.infer<typeof Request>;
export const Response = z.union([
  z.strictObject({ id: z.number().int().min(0), ok: z.unknown() }).required({ ok: true }),
  z.strictObject({ id: z.number().int().min(0).nullable(), error: Problem }),
]);
export type Response = z.infer<typeof Response>;
export const EventMessage = z.strictObject({
  seq: z.number().int().min(0),
  event: z.string().max(64),
  data: z.unknown(),
});
export type EventMessage = z.infer<typeof EventMessage>;

/**
 * The first message of a WebSocket: the one-time code from the address's fragment, or the session key that an earlier
 * one was traded for. Answered by `{id: 0, ok: {session}}`.
 */
export const Hello = z.strictObject({
  id: z.literal(0),
  call: z.literal('hello'),
  args: z.union([
    z.strictObject({ code: z.string().regex(/^[0-9a-f]{32}$/) }),
    z.strictObject({ session: z.string().regex(/^[0-9a-f]{64}$/) }),
  ]),
});
export type Hello = z.infer<typeof Hello>;
