import type { PolicySupport } from '../../shared/policy/grants.ts';
import { type Decision, LockReason, type Reason } from '../../shared/reasons.ts';
import { codeOfReason } from '../../shared/state/derive-state.ts';
import type { InForce } from './policy/policy-state.ts';

/** What a denial says beside the host. All of it comes from documents or from the network, so all of it is sanitized. */
export interface DenialContext {
  reason: Reason;
  /** The organization whose policy is in force, or those that are allowed to sign in here. */
  organizations: readonly string[];
  contact: string | null;
  /** The organization takes requests for access. */
  requests?: boolean;
  /** What the policy names to use in place of this host. */
  hint?: string | undefined;
  /** Who helps, as the policy says. */
  support?: PolicySupport | undefined;
}

/** Engines print the reason phrase verbatim on a terminal: longer ones were seen to work, but nobody reads them. */
const MAX_PHRASE = 200;
/** RFC 8914 sets no limit, but the text shares its message with the answer. */
const MAX_DNS_TEXT = 100;
const MAX_ORGANIZATION = 40;

/** The one sentence a developer sees when a pull fails. The host comes first, because engines cut off the end. */
export function denialSentence(host: string, context: DenialContext): string {
  const plain = printable(host);
  const form = formsOf(`${plain} is blocked`, context, PLAIN_HOST.test(host) ? host : null).find(
    ({ length }) => length <= MAX_PHRASE,
  );
  if (form !== undefined) return form;
  const without = formsOf(' is blocked', context, null).at(-1) ?? '';
  return `${shortened(plain, MAX_PHRASE - without.length)}${without}`;
}

/** A host that may stand in a command that somebody copies into a shell. */
const PLAIN_HOST = /^(?:[a-zA-Z0-9_][a-zA-Z0-9._-]*|\[[0-9a-fA-F:.]+\])(?::\d{1,5})?$/;

/**
 * @param decision why this host is denied, and what to use in its place.
 * @param support whom to ask on this machine, where the policy names nobody.
 */
export function denialContextOf(
  { effective, policy }: Pick<InForce, 'effective' | 'policy'>,
  { reason, hint }: Pick<Decision, 'reason' | 'hint'>,
  support: string | undefined,
): DenialContext {
  if (effective.kind !== 'policy') {
    const organizations = effective.kind === 'deny' ? effective.organizations : [];
    return { reason, organizations, contact: support ?? null };
  }
  const { contact, requests = false, support: helper } = policy?.claims ?? {};
  const organizations = [effective.org];
  return { reason, organizations, contact: contact ?? support ?? null, requests, hint, support: helper };
}

/** The same for DNS, without the host, which the question already names. */
export function denialText(context: DenialContext): string {
  const forms = formsOf('Blocked', context, '');
  return forms.find(({ length }) => length <= MAX_DNS_TEXT) ?? forms.at(-1) ?? '';
}

/**
 * From the whole text to the shortest: what does not fit is dropped from the end, but never the code.
 * @param host as it may stand in a command; null where it may not
 */
function formsOf(blocked: string, context: DenialContext, host: string | null): string[] {
  const { why, next } = LockReason.safeParse(context.reason).success
    ? textsOf(context)
    : { why: ` by ${listed(context.organizations)}.`, next: null };
  const nexts = next === null ? remediesOf(context, host) : [next];
  const forms = nexts.map((_, index) => `${blocked}${why} ${nexts.slice(0, nexts.length - index).join(' ')}`);
  if (next === null && context.requests && host !== null) forms.push(`${blocked}${why} ${requestOf(host)}.`);
  return [...forms, `${blocked}${why}`, `${blocked}.`].map((text) => `${text}${codeOf(context.reason)}`);
}

/** What helps where the policy blocks one host: the most useful first. */
function remediesOf({ organizations, contact, requests, hint, support }: DenialContext, host: string | null): string[] {
  // Never shortened: half an address is of no use.
  const whom = contact ? printable(contact) : null;
  const ask = `To request access, contact ${whom ?? `an owner of ${listed(organizations)}`}.`;
  const request = requests && host !== null ? `${requestOf(host)}${whom === null ? '' : `, or contact ${whom}`}.` : ask;
  const texts = [hint === undefined ? undefined : `Use ${hint} instead.`, support?.text, support?.url];
  return [request, ...texts.flatMap((text) => (text === undefined ? [] : [printable(text)]))];
}

function requestOf(host: string): string {
  return host === '' ? 'Request access: portcullis request' : `Request access: portcullis request ${host}`;
}

function textsOf({ reason, organizations, contact }: DenialContext): { why: string; next: string } {
  const org = listed(organizations);
  // Never shortened: half an address is of no use.
  const whom = contact ? printable(contact) : null;
  const ask = `Contact ${whom ?? 'your administrator'}.`;
  switch (reason) {
    case 'sign-in-required':
      return { why: ` until you sign in to ${org}.`, next: 'Open Portcullis, sign in, then try again.' };
    case 'wrong-organization':
      return { why: `: your account does not belong to ${org}.`, next: ask };
    case 'no-policy-key':
      return { why: `: this machine has no policy key for ${org}.`, next: ask };
    case 'policy-pending':
      return { why: ` until the policy of ${org} has been fetched.`, next: 'Try again in a moment.' };
    case 'no-policy':
      return { why: `: no policy of ${org} has arrived.`, next: 'Open Portcullis and choose Sync now.' };
    case 'policy-expired':
      return { why: `: the policy of ${org} has expired.`, next: 'Open Portcullis and choose Sync now.' };
    case 'policy-invalid':
      return { why: `: the policy of ${org} could not be verified.`, next: 'Open Portcullis and choose Sync now.' };
    case 'no-membership':
      return {
        why: `: there is no valid proof of your membership in ${org}.`,
        next: 'Open Portcullis and choose Sync now.',
      };
    case 'managed-config-invalid':
      return { why: ': the configuration of this machine is invalid.', next: ask };
    default:
      return { why: ` by ${org}.`, next: ask };
  }
}

/** Where something other than the policy blocks everything: the state's code as the panel shows it, and the reason. */
function codeOf(reason: Reason): string {
  const lock = LockReason.safeParse(reason);
  return lock.success ? ` [${codeOfReason(lock.data)} ${reason}]` : '';
}

function listed(organizations: readonly string[]): string {
  const names = organizations.slice(0, 2).map((name) => shortened(printable(name), MAX_ORGANIZATION));
  if (organizations.length > 2) names.push('others');
  return names.length === 0 ? 'your organization' : names.join(' or ');
}

/** RFC 9112 section 4 allows no control characters in a reason phrase, and terminals obey them. */
function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').trim();
}

/** Both ends of a name tell more than its beginning. */
function shortened(text: string, most: number): string {
  if (text.length <= most) return text;
  const half = Math.floor((most - 3) / 2);
  return `${text.slice(0, half)}...${text.slice(text.length - half)}`;
}
