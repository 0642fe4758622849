import { z } from 'zod';
import { OrganizationName } from '../../policy/schema.ts';
import { isOneLine } from '../../printable.ts';
import { Problem } from '../../problems/problem.ts';
import { HubName } from './people.ts';

/** What one person may have open at a time, and send within 24 hours. */
export const MAX_OPEN_REQUESTS = 20;
export const MAX_REQUESTS_A_DAY = 60;
/** For so many days after its decision a person still sees a request. */
export const DECIDED_DAYS = 90;
export const MAX_SUBJECT = 512;
export const MAX_REQUEST_REASON = 500;

/** Text of a person, for a person: one line, with each run of white space as one space. */
const line = (maximum: number): z.ZodType<string, string> =>
  z
    .string()
    .max(4 * maximum)
    .transform((text) => text.replaceAll(/\s+/gu, ' ').trim())
    .pipe(z.string().max(maximum).refine(isOneLine, 'one line, without control characters'));

/** The body of `POST /v1/orgs/{org}/requests`. A client of a newer version may send more than this hub knows. */
export const RequestToSend = z.object({
  /** `gcr.io` or `registry.example:5000`. */
  host: z.string().min(1).max(512),
  /** What was typed: `docker pull gcr.io/acme/app:1`. */
  subject: line(MAX_SUBJECT).optional(),
  reason: line(MAX_REQUEST_REASON).optional(),
});
export type RequestToSend = z.input<typeof RequestToSend>;

export const RequestState = z.enum(['open', 'allowed', 'mirror', 'declined', 'withdrawn']);
export type RequestState = z.infer<typeof RequestState>;

/** As whoever asked sees it: who decided is not told. */
export const AccessRequest = z.object({
  id: z.string().min(1).max(64),
  /** As the hub spells it: lower case, A-labels, `:port` where it is not 443. */
  host: z.string().max(512),
  subject: z.string().optional(),
  reason: z.string().optional(),
  /** RFC 3339. */
  at: z.string(),
  state: RequestState,
  decided: z
    .object({
      at: z.string(),
      /** RFC 3339: allowed until then. */
      until: z.string().optional(),
      /** Allowed for these teams only. */
      teams: z.array(z.string()).optional(),
      /** What to use instead. */
      use: z.string().optional(),
      /** Why it was declined. */
      reason: z.string().optional(),
    })
    .optional(),
});
export type AccessRequest = z.infer<typeof AccessRequest>;

/** `GET …/requests/mine`, newest first: open ones, and those decided or withdrawn in the last 90 days. */
export const MyRequests = z.object({ items: z.array(AccessRequest) });
export type MyRequests = z.infer<typeof MyRequests>;

/** One `data:` of the events of the policy, event name `request`: a request of the reader was decided. */
export const RequestEvent = z.object({ org: OrganizationName, id: z.string().min(1).max(64) });
export type RequestEvent = z.infer<typeof RequestEvent>;

/** A host that the requested one needs, as the hub's catalogue says. */
export const NeededHost = z.object({
  /** A line of the list: `gcr.io`. */
  address: z.string(),
  /** Anyone can publish there, or it is far more than a registry: never preselected. */
  broad: z.boolean(),
  preselected: z.boolean(),
  /** Comes with the registry by itself: it needs no line of its own. */
  included: z.boolean(),
  /** What it is for: the registry itself, or what a pull contacts besides. */
  why: z.enum(['registry', 'api', 'token', 'blobs']),
  /** What the catalogue says about it, in each language. */
  note: z.object({ en: z.string(), de: z.string() }).optional(),
});
export type NeededHost = z.infer<typeof NeededHost>;

/** Whom it concerned that a host was blocked, in the last 30 days. */
export const BlockedUse = z.object({
  people: z.number().int(),
  machines: z.number().int(),
  /** RFC 3339. */
  last: z.string(),
});
export type BlockedUse = z.infer<typeof BlockedUse>;

/** What was decided, with who did. */
export const RequestDecision = z.object({
  kind: z.enum(['allow', 'mirror', 'decline']),
  at: z.string(),
  /** User name. */
  by: z.string(),
  addresses: z.array(z.string()).optional(),
  until: z.string().optional(),
  teams: z.array(z.string()).optional(),
  use: z.string().optional(),
  reason: z.string().optional(),
  /** The revision that it made; null where it changed nothing in the settings. */
  revision: z.number().int().nullable(),
});
export type RequestDecision = z.infer<typeof RequestDecision>;

/** One row of the queue: a host, and everybody who asks for it. */
export const RequestedHost = z.object({
  host: z.string(),
  /** In letters, where the host has others than ASCII. */
  unicode: z.string().optional(),
  /** The registry that everybody knows by this host. */
  name: z.string().optional(),
  /** The newest of them, at most 50. */
  asked: z.array(
    z.object({
      id: z.string(),
      sub: z.string(),
      username: z.string(),
      name: z.string().optional(),
      teams: z.array(z.string()),
      subject: z.string().optional(),
      reason: z.string().optional(),
      at: z.string(),
    }),
  ),
  /** How many ask for it; 0 for what was blocked and nobody asked for. */
  people: z.number().int(),
  needs: z.array(NeededHost),
  /** The known registry that this host may be meant to be taken for. */
  lookAlike: z.string().nullable(),
  /** What else is odd about it: no dot in it, a web site, a path. */
  notices: z.array(Problem),
  /** null: the hub has no usage data about it. */
  blocked: BlockedUse.nullable(),
  /** Where it has been decided. */
  decision: RequestDecision.optional(),
});
export type RequestedHost = z.infer<typeof RequestedHost>;

/** `GET …/requests?state=open|decided`: open ones by how many ask, decided ones newest first. */
export const RequestsPage = z.object({
  items: z.array(RequestedHost),
  next: z.string().nullable(),
  /** How many hosts are open in all, whatever `q` says. */
  open: z.number().int(),
  /** Whether the organization takes requests. */
  taken: z.boolean().default(true),
});
export type RequestsPage = z.infer<typeof RequestsPage>;

/** The query of it. */
export const RequestsQuery = z.object({
  state: z.enum(['open', 'decided']).default('open'),
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** The `next` of another page. */
  cursor: z.string().max(600).optional(),
  /** In host, user name, name, subject or reason. */
  q: z.string().max(255).default(''),
});
export type RequestsQuery = z.infer<typeof RequestsQuery>;

/** `GET …/requests/blocked`: hosts that were blocked lately and that nobody asked for, most people first. */
export const BlockedHosts = z.object({
  items: z.array(RequestedHost),
  /** Over so many days; null where no machine reports hosts. */
  days: z.number().int().nullable(),
});
export type BlockedHosts = z.infer<typeof BlockedHosts>;

/** The body of `POST …/requests/decisions`. */
export const DecideRequests = z.strictObject({
  host: z.string().min(1).max(512),
  /** Only these requests; left out, all that are open for the host. */
  ids: z.array(z.string().max(64)).min(1).max(1000).optional(),
  decision: z.discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('allow'),
      /** Lines of the list, the host or what covers it among them. */
      addresses: z.array(z.string().min(1).max(512)).min(1).max(50),
      /** RFC 3339; left out, always. */
      until: z.iso.datetime({ offset: true }).optional(),
      /** Left out, for everybody. */
      teams: z.array(HubName).min(1).max(100).optional(),
    }),
    z.strictObject({ kind: z.literal('mirror'), use: line(200).pipe(z.string().min(1)) }),
    z.strictObject({ kind: z.literal('decline'), reason: line(MAX_REQUEST_REASON).pipe(z.string().min(1)) }),
  ]),
});
export type DecideRequests = z.input<typeof DecideRequests>;

/** The answer to it. */
export const RequestsDecided = z.object({
  /** The revision that it made; null where it made none. */
  revision: z.number().int().nullable(),
  /** How many requests it settled. */
  decided: z.number().int(),
});
export type RequestsDecided = z.infer<typeof RequestsDecided>;
