import { z } from 'zod';
import { PolicyKeys } from '../policy/keys.ts';
import { OrganizationNames, OrganizationsForm } from '../policy/organizations-claim.ts';
import { OrganizationName } from '../policy/schema.ts';
import { Problem } from '../problems/problem.ts';

/** A problem in a file that an administrator wrote, with the position to open the editor at. */
export const FileProblem = Problem.extend({
  line: z.number().int().min(1).optional(),
  /** In UTF-16 code units, as editors count. */
  column: z.number().int().min(1).optional(),
  /** Set where several sources were evaluated together: which of them it is about. */
  file: z.string().optional(),
});
export type FileProblem = z.infer<typeof FileProblem>;

/** Absent, unreadable, malformed and present are four things; only absent means unmanaged (docs/admin-guide.md). */
export const Verdict = z.enum(['absent', 'present', 'unreadable', 'malformed']);
export type Verdict = z.infer<typeof Verdict>;

/** What one source on this machine contains. */
export const SourceState = z.object({
  /** As an administrator knows it: a path, or a registry key. */
  file: z.string(),
  kind: z.enum([
    'registry-json',
    'portcullis-json',
    'macos-plist',
    'macos-profile',
    'windows-registry',
    'admin-settings-json',
  ]),
  verdict: Verdict,
  allowedOrgs: z.array(OrganizationName),
  problems: z.array(FileProblem),
});
export type SourceState = z.infer<typeof SourceState>;

export const MAX_BREAK_GLASS_HOURS = 72;

/**
 * Lifts all restrictions for a limited time: for an administrator whose machines are all locked because their server is gone. Both
 * ends are required and lie close together, so that one forgotten in a file expires.
 */
const BreakGlass = z
  .strictObject({
    /** RFC 3339 with seconds and offset, such as `2026-11-21T14:00:00Z`. */
    from: z.iso.datetime({ offset: true }),
    until: z.iso.datetime({ offset: true }),
    /** Shown in the log and the panel. */
    reason: z.string().trim().min(1).max(200),
  })
  .refine(
    ({ from, until }) => {
      const hours = (Date.parse(until) - Date.parse(from)) / 3_600_000;
      return hours > 0 && hours <= MAX_BREAK_GLASS_HOURS;
    },
    { path: ['until'], message: `must be later than "from", by at most ${MAX_BREAK_GLASS_HOURS} hours` },
  );

function numberOf(value: unknown): unknown {
  return typeof value === 'string' && /^\d{4,5}$/.test(value) ? Number(value) : value;
}

/** Our own settings (`portcullis.json`). `hub` and `policyKeys` are trusted because only an administrator can write them. */
export const PortcullisSettings = z.object({
  hub: z.url({ protocol: /^https?$/ }).optional(),
  policyKeys: PolicyKeys.optional(),
  /** The `iss` of every policy; default: `hub`. To be set where policies are fetched from elsewhere than from whom they are signed by. */
  policyIssuer: z.url({ protocol: /^https?$/ }).optional(),
  /** Where the policy is fetched from, where that is not the hub: one signed file on any web server. */
  policyUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  /** What proves who belongs to an organization: the hub (default), or the ID token of `issuer`, which the gateway verifies itself. */
  membership: z.enum(['hub', 'id-token']).optional(),
  /** For how long an ID token proves it, from when it was issued; default 72. */
  membershipHours: z.number().int().min(1).max(168).optional(),
  issuer: z.url({ protocol: /^https?$/ }).optional(),
  clientId: z.string().min(1).max(255).optional(),
  /** JSON pointer (RFC 6901) into the user info or ID token. */
  organizationsClaim: z.string().startsWith('/').max(255).optional(),
  /** How the names are written there; default `names`. */
  organizationsForm: OrganizationsForm.optional(),
  /** What the provider calls each organization, where that is not its name. */
  organizationNames: OrganizationNames.optional(),
  /** Requested in addition to `openid` and `offline_access`; default `profile` and `email` (RFC 6749 section 3.3). */
  scopes: z
    .array(z.string().regex(/^[\x21\x23-\x5b\x5d-\x7e]{1,255}$/))
    .max(32)
    .optional(),
  /**
   * The loopback ports that the provider knows as redirect URIs, tried in order; without it any free port serves (RFC 8252 section 7.3).
   * Also as texts, because native stores hold lists of texts only.
   */
  redirectPorts: z
    .array(z.preprocess(numberOf, z.int().min(1024).max(65_535)))
    .min(1)
    .max(16)
    .optional(),
  refreshMinutes: z.number().min(1).max(1440).optional(),
  /** The socket of the Docker Engine, where it is not in the default place. */
  engine: z
    .string()
    .regex(/^(unix|npipe):\/\/\//, 'must be the address of a socket, as in unix:///run/docker.sock')
    .max(255)
    .optional(),
  /** `file` is for servers and CI, which have no keyring: the sign-in then lasts beyond a restart in a file of the user's (0600). */
  signInStorage: z.enum(['keyring', 'file']).optional(),
  startAtLogin: z.boolean().optional(),
  /** What the agent sends to the hub with each sync; default `state` where the machine is managed, else `off` (docs/privacy.md). */
  reporting: z.enum(['off', 'state', 'hosts']).optional(),
  /** Whom people ask, where the policy names nobody: an e-mail address, a chat channel, a URL. */
  supportContact: z.string().trim().min(1).max(120).optional(),
  locked: z.array(z.string().max(64)).max(64).optional(),
  breakGlass: BreakGlass.optional(),
});
export type PortcullisSettings = z.infer<typeof PortcullisSettings>;

/** All sources evaluated together: the first that contains anything wins, the others are listed as overridden. */
export const ManagedConfig = z.object({
  verdict: Verdict,
  allowedOrgs: z.array(OrganizationName),
  /** The file or registry key that decided; null where all are absent. */
  source: z.string().nullable(),
  problems: z.array(FileProblem),
  overridden: z.array(SourceState),
  settings: PortcullisSettings,
  settingsSource: z.string().nullable(),
  /** Read from a folder given for a demo or tests instead of the system locations; always shown. */
  trial: z.boolean(),
});
export type ManagedConfig = z.infer<typeof ManagedConfig>;
