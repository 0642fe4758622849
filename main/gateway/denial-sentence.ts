import { LockReason, type Reason } from '../../shared/reasons.ts';
import { codeOfReason } from '../../shared/state/derive-state.ts';
import type { InForce } from './policy/policy-state.ts';

/** What a denial says beside the host. All of it comes from documents or from the network, so all of it is sanitized. */
export interface DenialContext {
  reason: Reason;
  /** The organization whose policy is in force, or those that are allowed to sign in here. */
  organizations: readonly string[];
  contact: string | null;
}

/** Engines print the reason phrase verbatim on a terminal: longer ones were seen to work, but nobody reads them. */
const MAX_PHRASE = 200;
/** RFC 8914 sets no limit, but the text shares its message with the answer. */
const MAX_DNS_TEXT = 100;
const MAX_ORGANIZATION = 40;

/** The one sentence a developer sees when a pull fails. The host comes first, because engines cut off the end. */
export function denialSentence(host: string, context: DenialContext): string {
  const plain = printable(host);
  const form = formsOf(`${plain} is blocked`, context).find(({ length }) => length <= MAX_PHRASE);
  if (form !== undefined) return form;
  const without = formsOf(' is blocked', context).at(-1) ?? '';
  return `${shortened(plain, MAX_PHRASE - without.length)}${without}`;
}

/**
 * @param reason why this host is denied.
 * @param support whom to ask on this machine, where the policy names nobody.
 */
export function denialContextOf(
  { effective, policy }: InForce,
  reason: Reason,
  support: string | undefined,
): DenialContext {
  if (effective.kind === 'policy') {
    return { reason, organizations: [effective.org], contact: policy?.claims.contact ?? support ?? null };
  }
  return { reason, organizations: effective.kind === 'deny' ? effective.organizations : [], contact: support ?? null };
}

/** The same for DNS, without the host, which the question already names. */
export function denialText(context: DenialContext): string {
  const forms = formsOf('Blocked', context);
  return forms.find(({ length }) => length <= MAX_DNS_TEXT) ?? forms.at(-1) ?? '';
}

/** From the whole text to the shortest: what does not fit is dropped from the end, but never the code. */
function formsOf(blocked: string, context: DenialContext): string[] {
  const { why, next } = textsOf(context);
  const code = codeOf(context.reason);
  return [`${blocked}${why} ${next}`, `${blocked}${why}`, `${blocked}.`].map((text) => `${text}${code}`);
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
      return { why: ` by ${org}.`, next: `To request access, contact ${whom ?? `an owner of ${org}`}.` };
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
