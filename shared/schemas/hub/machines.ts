import { z } from 'zod';
import { PolicyMode } from '../../policy/schema.ts';
import { isOneLine } from '../../printable.ts';
import { Problem } from '../../problems/problem.ts';

/** The body of `POST …/machines/reports`, in bytes at most. */
export const MAX_REPORT_BYTES = 64 * 1024;
/** Hosts in one report; of more, those that were blocked and then the latest. */
export const MAX_REPORTED_HOSTS = 200;
/** So many first characters of the thumbprint does support ask for, and does every screen show. */
export const SHORT_ID_LENGTH = 12;

/** What a machine shows, from what its receipts prove and how old they are (`main/hub/machines/state.ts`). */
export const MachineState = z.enum(['enforcing', 'outdated', 'not-enforcing', 'silent', 'unverified']);
export type MachineState = z.infer<typeof MachineState>;

/** RFC 7638, SHA-256: of the gateway's key. */
export const Thumbprint = z.string().regex(/^[A-Za-z0-9_-]{43}$/, 'an RFC 7638 thumbprint: 43 characters of base64url');

const Line = (maximum: number) => z.string().min(1).max(maximum).refine(isOneLine, 'one line');
const Time = z.iso.datetime({ offset: true });

/** `GET …/machines/nonce`: for one receipt of the person who asks. */
export const MachineNonce = z.object({ nonce: z.string().min(1).max(256), expiresAt: z.string() });
export type MachineNonce = z.infer<typeof MachineNonce>;

/** How often engines asked for a host, as the gateway's engine view saw it. */
export const HostUse = z.object({
  /** `gcr.io`, `registry.example:5000` */
  host: z.string().min(1).max(300),
  count: z.number().int().min(1),
  /** How many of `count` were blocked, or would have been in audit mode. */
  blocked: z.number().int().min(0),
  firstAt: Time,
  lastAt: Time,
});
export type HostUse = z.infer<typeof HostUse>;

/** What the agent adds, and nobody signed: it is shown as such and never makes a machine count as enforcing. */
export const UnsignedReport = z.object({
  /** `Debian GNU/Linux 12` */
  system: Line(200),
  agentVersion: Line(100),
  /** Codes of the limits that apply there (`shared/schemas/caveat.ts`), also of newer agents. */
  caveats: z.array(z.string().regex(/^[a-z0-9-]{1,64}$/)).max(100),
  /** Only with `"reporting": "hosts"`. */
  hosts: z.array(HostUse).max(MAX_REPORTED_HOSTS).optional(),
});
export type UnsignedReport = z.infer<typeof UnsignedReport>;

/** `POST …/machines/reports`: what the agent of a member brings with each sync. */
export const MachineReport = z.object({ receipt: z.string().min(1).max(MAX_REPORT_BYTES), unsigned: UnsignedReport });
export type MachineReport = z.infer<typeof MachineReport>;

/** The answer to it. */
export const ReportAnswer = z.object({
  id: z.string(),
  state: MachineState,
  /** What keeps the machine from counting as enforcing, each with what to do. */
  missing: z.array(Problem),
  /** For the next report, if that follows at once. */
  next: MachineNonce,
});
export type ReportAnswer = z.infer<typeof ReportAnswer>;

/** Who brought a report. An account that was deleted is named by an id. */
const Reporter = z.object({ sub: z.string(), username: z.string(), name: z.string().optional() });

/** A row of `GET …/machines`. */
export const Machine = z.object({
  /** The thumbprint of its gateway's key. */
  id: z.string(),
  state: MachineState,
  missing: z.array(Problem),
  /** RFC 3339, by the hub's clock; null for one that was enrolled and has never reported. */
  lastReceipt: z.string().nullable(),
  /** Who brought it. */
  person: Reporter.nullable(),
  /** The revision it enforces; null where it enforces none. */
  revision: z.number().int().nullable(),
  /** Of the gateway. */
  version: z.string().nullable(),
  enrolled: z.object({ at: z.string(), by: z.string(), how: z.enum(['thumbprint', 'code']) }).nullable(),
  /** Its key was seen on two machines. */
  cloned: z.boolean(),
  /** Said by the agent, not signed. */
  unsigned: UnsignedReport.pick({ system: true, agentVersion: true }).nullable(),
});
export type Machine = z.infer<typeof Machine>;

/** `GET …/machines/{id}` */
export const MachineDetails = Machine.extend({
  firstReceipt: z.string().nullable(),
  /** The claims of the last receipt, as the gateway signed them; null where there is none. */
  receipt: z.record(z.string(), z.unknown()).nullable(),
  /** RFC 3339: since when it has not been enforcing; null where it is, or nobody can tell. */
  notEnforcingSince: z.string().nullable(),
  /** Everybody whose agent brought receipts of it in 30 days, the latest first; at most 50. */
  people: z.array(Reporter.extend({ last: z.string() })),
  unsigned: UnsignedReport.omit({ hosts: true }).extend({ reportsHosts: z.boolean() }).nullable(),
});
export type MachineDetails = z.infer<typeof MachineDetails>;

export const MachineSort = z.enum(['state', 'last', '-last', 'person', 'revision', 'version', 'id']);
export type MachineSort = z.infer<typeof MachineSort>;

/** The query of `GET …/machines`, and, without `limit` and `cursor`, of its export. */
export const MachinesQuery = z.object({
  state: MachineState.optional(),
  /** Begins the thumbprint, or is in the user name, the name, the system or a version. */
  q: z.string().max(200).default(''),
  sort: MachineSort.default('state'),
  limit: z.coerce.number().int().min(1).max(500).default(50),
  /** The `next` of another page. */
  cursor: z.string().max(1000).default(''),
});
export type MachinesQuery = z.infer<typeof MachinesQuery>;

export const MachinesPage = z.object({ items: z.array(Machine), total: z.number().int(), next: z.string().nullable() });
export type MachinesPage = z.infer<typeof MachinesPage>;

/** `GET …/machines/summary` */
export const MachinesSummary = z.object({
  total: z.number().int(),
  states: z.record(MachineState, z.number().int()),
  /** Whose key was seen on two machines. */
  cloned: z.number().int(),
  /** Machines that report hosts, in 30 days. */
  reportHosts: z.number().int(),
  /** What the machines are measured by. */
  policy: z.object({ revision: z.number().int(), enabled: z.boolean(), mode: PolicyMode }),
});
export type MachinesSummary = z.infer<typeof MachinesSummary>;

/** `POST …/machines/enrolments`: keys that an administrator collected from the machines themselves, as root. */
export const MachinesToEnrol = z.strictObject({ thumbprints: z.array(Thumbprint).min(1).max(10_000) });
export const MachinesEnrolled = z.object({
  enrolled: z.number().int(),
  /** Were enrolled already. */
  known: z.number().int(),
});
export type MachinesEnrolled = z.infer<typeof MachinesEnrolled>;

/** `POST …/machines/codes`: each enrols one machine, once. */
export const CodesToMake = z.strictObject({
  count: z.number().int().min(1).max(1000),
  hours: z.number().int().min(1).max(720),
});
export type CodesToMake = z.infer<typeof CodesToMake>;
/** The only time that the codes are told: the hub keeps what a proof of one is checked by. */
export const MadeCodes = z.object({ codes: z.array(z.string()), expiresAt: z.string() });
export type MadeCodes = z.infer<typeof MadeCodes>;
/** `GET …/machines/codes`: how many there are to use, and until when the last of them can be. */
export const OpenCodes = z.object({ open: z.number().int(), used: z.number().int(), expiresAt: z.string().nullable() });
export type OpenCodes = z.infer<typeof OpenCodes>;

/** What machines used and were blocked at lately, by host. Counts are of people and of machines. */
export const HostPeople = z.object({ host: z.string(), people: z.number().int(), machines: z.number().int() });
export type HostPeople = z.infer<typeof HostPeople>;
const HostsOfPeople = z.object({
  /** The first 100, by people. */
  hosts: z.array(HostPeople),
  more: z.number().int(),
  /** Of all of them together, each counted once. */
  people: z.number().int(),
  machines: z.number().int(),
});
/** What a draft would change for those who reported; part of a preview. */
export const UsageChange = z.object({
  days: z.number().int(),
  /** Machines that reported hosts in these days. */
  machines: z.number().int(),
  newlyBlocked: HostsOfPeople,
  newlyAllowed: HostsOfPeople,
});
export type UsageChange = z.infer<typeof UsageChange>;
