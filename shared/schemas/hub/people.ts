import { z } from 'zod';
import { isOneLine } from '../../printable.ts';

/** What a person may do in an organization, from the least to the most: each role includes those before it. */
export const Access = z.enum(['member', 'auditor', 'registry-manager', 'owner']);
export type Access = z.infer<typeof Access>;

/** Whether a person with this role may do what needs that role. */
export function mayAs(access: Access, needed: Access): boolean {
  return Access.options.indexOf(access) >= Access.options.indexOf(needed);
}

/** Entered on the sign-in page, where case does not matter. */
export const Username = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._@-]{0,62}$/, 'lower-case letters, digits and . _ @ -, at most 63');
/** As people type it. */
const TypedUsername = z
  .string()
  .trim()
  .toLowerCase()
  .pipe(Username)
  // So the activity names what the hub does by itself.
  .refine((username) => username !== 'hub', 'not "hub"');
export const PersonName = z.string().trim().min(1).max(255).refine(isOneLine, 'one line, without control characters');
export const PersonEmail = z.email().max(320);
/** Narrower than `allowedOrgs`, because names of organizations and teams are also part of URLs and file names. */
export const HubName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, 'letters, digits, dot, dash and underscore, at most 63');

export const MAX_TEAMS = 1000;
const Teams = z
  .array(HubName)
  .max(100)
  .transform((teams) => [...new Set(teams)]);

/** `invited`: has never set a password; `reset`: has to set a new one. Neither can sign in. */
export const PersonState = z.enum(['active', 'invited', 'reset']);

export const Person = z.object({
  sub: z.string(),
  username: z.string(),
  name: z.string().optional(),
  email: z.string().optional(),
  role: Access,
  teams: z.array(z.string()),
  state: PersonState,
  /** RFC 3339; null for never. */
  lastSignIn: z.string().nullable(),
  /** RFC 3339: until when the link to set a password works, or worked. */
  invitedUntil: z.string().optional(),
  /** The only owner who can sign in: stays one, and stays. */
  isLastOwner: z.boolean().optional(),
  /** Also in an organization that the reader of this does not own: that one's owners have a say in name and password. */
  isElsewhere: z.boolean().optional(),
  /** Name, role and teams come from the sign-in provider, and are changed there. */
  fromProvider: z.boolean().optional(),
});
export type Person = z.infer<typeof Person>;

/** Where people sign in instead of at the hub, and whether the hub's own accounts can sign in too. */
export const SignInProvider = z.object({ host: z.string(), ownAccounts: z.boolean() });
export type SignInProvider = z.infer<typeof SignInProvider>;

/** `GET /v1/orgs/{org}/people`, by user name. */
export const PeoplePage = z.object({
  items: z.array(Person),
  next: z.string().nullable(),
  /** Absent where people have accounts of the hub. */
  provider: SignInProvider.optional(),
});
export type PeoplePage = z.infer<typeof PeoplePage>;

/** The query of it. */
export const PeopleQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  /** The `next` of another page. */
  cursor: z.string().max(64).default(''),
  q: z.string().max(255).default(''),
  role: Access.optional(),
  team: z.string().max(63).optional(),
});
export type PeopleQuery = z.infer<typeof PeopleQuery>;

/** The body of `POST /v1/orgs/{org}/people`. */
export const Invite = z.strictObject({
  username: TypedUsername,
  name: PersonName.optional(),
  email: PersonEmail.optional(),
  role: Access,
  teams: Teams.default([]),
});
export type Invite = z.infer<typeof Invite>;

/** Where a person sets a password. Shown once: the hub keeps only a hash of it. */
export const PasswordLink = z.object({ url: z.string(), expiresAt: z.string() });
export type PasswordLink = z.infer<typeof PasswordLink>;

/** The answer to it. No link for a person who has an account and can sign in already. */
export const Invited = z.object({ person: Person, invitation: PasswordLink.nullable() });
export type Invited = z.infer<typeof Invited>;

/** The body of `PATCH /v1/orgs/{org}/people/{sub}`: what it does not name stays. null removes name or email. */
export const PersonChange = z.strictObject({
  role: Access.optional(),
  teams: Teams.optional(),
  name: PersonName.nullable().optional(),
  email: PersonEmail.nullable().optional(),
});
export type PersonChange = z.infer<typeof PersonChange>;

/** The answer to `DELETE /v1/orgs/{org}/people/{sub}`. */
export const Removed = z.object({
  /** Where the account was deleted, what the activity calls the person from now on; null where it is in another organization too. */
  deletedAs: z.string().nullable(),
});
export type Removed = z.infer<typeof Removed>;

export const Team = z.object({ name: z.string(), people: z.number().int() });
export type Team = z.infer<typeof Team>;
/** `GET /v1/orgs/{org}/teams`, by name. */
export const TeamList = z.object({ items: z.array(Team) });
export type TeamList = z.infer<typeof TeamList>;
/** The body of `POST …/teams` and `PATCH …/teams/{team}`. */
export const TeamToName = z.strictObject({ name: HubName });
export type TeamToName = z.infer<typeof TeamToName>;
