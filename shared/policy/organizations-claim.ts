import { z } from 'zod';
import { OrganizationName } from './schema.ts';

/** How the names of the organizations are written in a claim. The administrator says which; nobody guesses. */
export const OrganizationsForm = z.enum([
  /** One name, or a list of names: `["acme"]`. */
  'names',
  /** The keys of an object: `{"acme":{"id":"42"}}`, as Keycloak writes its organizations. */
  'keys',
  /** This member of each object: `[{"id":"42","name":"acme"}]`. */
  'name',
  'alias',
]);
export type OrganizationsForm = z.infer<typeof OrganizationsForm>;

/**
 * What a provider calls each organization: `{"5b1c…-…":"acme"}`, for those that name groups by an id, by a path or with spaces. Where it is
 * set, a value that is not in it names no organization, so that nobody can make a group that is called like one.
 */
export const OrganizationNames = z
  .record(z.string().min(1).max(512), OrganizationName)
  .refine((names) => Object.keys(names).length <= 1000, 'at most 1000 names');
export type OrganizationNames = z.infer<typeof OrganizationNames>;

/** What a claim looks like, for the sentence that says why it cannot be read. */
export type ClaimShape = 'text' | 'json-text' | 'number' | 'true' | 'names' | 'objects' | 'object' | 'list';

export type ClaimReading =
  /** The provider did not send it. */
  | { kind: 'absent' }
  /** Empty where the claim is false, null or empty: the person belongs to none. */
  | { kind: 'names'; organizations: string[] }
  /** It says something, but no name in the form that is set. */
  | { kind: 'unreadable'; shape: ClaimShape; proposed: OrganizationsForm | null };

/**
 * The organizations named by a claim. A value that cannot be the name of an organization is left out, since no administrator can have
 * allowed it; where nothing else is left, the claim is unreadable and says nothing about the person.
 *
 * @param pointer JSON pointer, RFC 6901: `/groups`, `/realm_access/roles`, `/https:~1~1example.com~1orgs`.
 * @param names what the provider calls each organization, where that is not its name.
 */
export function readOrganizationsClaim(
  claims: unknown,
  pointer: string,
  form: OrganizationsForm,
  names?: OrganizationNames,
): ClaimReading {
  const value = resolvePointer(claims, pointer);
  if (value === undefined) return { kind: 'absent' };
  if (isEmpty(value)) return { kind: 'names', organizations: [] };
  const texts = candidates(value, form).filter((each) => typeof each === 'string');
  if (names !== undefined && texts.length > 0) return { kind: 'names', organizations: mapped(texts, names) };
  const organizations = namesIn(value, form);
  if (organizations.length > 0) return { kind: 'names', organizations };
  return { kind: 'unreadable', shape: shapeOf(value), proposed: proposedForm(value) };
}

/**
 * Whether the provider says that the claim exists and is too long for a token: a distributed claim (OpenID Connect Core section 5.6.2), as
 * Entra ID sends for more than 200 groups, or its `hasgroups`. Where it points is an API that needs permissions of its own.
 */
export function isLeftOutForLength(claims: unknown, pointer: string): boolean {
  const [name = ''] = pointer.split('/').slice(1);
  if (resolvePointer(claims, `/_claim_names/${name}`) !== undefined) return true;
  return name === 'groups' && resolvePointer(claims, '/hasgroups') === true;
}

/** RFC 6901 section 4. Own members only: `/__proto__` and `/constructor` lead nowhere. */
export function resolvePointer(document: unknown, pointer: string): unknown {
  let value = document;
  for (const token of pointer.split('/').slice(1)) {
    const key = token.replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}

function isEmpty(value: unknown): boolean {
  if (value === null || value === false) return true;
  if (typeof value === 'string') return value.trim() === '';
  return typeof value === 'object' && Object.keys(value).length === 0;
}

function mapped(texts: readonly string[], names: OrganizationNames): string[] {
  const known = texts.flatMap((text) => (Object.hasOwn(names, text) ? [names[text] ?? ''] : []));
  return [...new Set(known)];
}

function namesIn(value: unknown, form: OrganizationsForm): string[] {
  const names = candidates(value, form).filter(isName);
  return [...new Set(names)];
}

function candidates(value: unknown, form: OrganizationsForm): unknown[] {
  if (form === 'names') return Array.isArray(value) ? value : [value];
  if (form !== 'keys') {
    const objects = Array.isArray(value) ? value : [value];
    return objects.map((object) => (isObject(object) && Object.hasOwn(object, form) ? object[form] : undefined));
  }
  if (!isObject(value)) return [];
  // Keycloak writes `{}` behind an organization without attributes; anything else that is empty denies the membership.
  return Object.keys(value).filter((key) => isObject(value[key]) || !isEmpty(value[key]));
}

function isName(value: unknown): value is string {
  return OrganizationName.safeParse(value).success && !isJsonText(value);
}

/** A list or an object that the provider sends as text would otherwise pass for one strange name. */
function isJsonText(value: unknown): boolean {
  if (typeof value !== 'string' || !/^\s*[[{"]/.test(value)) return false;
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shapeOf(value: unknown): ClaimShape {
  if (typeof value === 'string') return isJsonText(value) ? 'json-text' : 'text';
  if (typeof value === 'number') return 'number';
  if (!Array.isArray(value)) return isObject(value) ? 'object' : 'true';
  if (value.some(isName)) return 'names';
  return value.some(isObject) ? 'objects' : 'list';
}

/** The setting that would read this value, where it has one of the usual forms. */
function proposedForm(value: unknown): OrganizationsForm | null {
  // The alias comes first: where there are both, the name is for display. The keys come last: any object has some.
  const order: OrganizationsForm[] = ['names', 'alias', 'name', 'keys'];
  return order.find((form) => namesIn(value, form).length > 0) ?? null;
}
