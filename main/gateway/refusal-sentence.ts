import type { Reason } from '../../shared/reasons.ts';

/** What a refusal may say beside the host: all of it comes from documents or from the network, so all of it is sanitized. */
export interface RefusalContext {
  reason: Reason;
  /** The organization whose policy is in force, or those that are allowed to sign in here. */
  organizations: readonly string[];
  revision: number | null;
  contact: string | null;
}

/** The engine prints the reason phrase verbatim on a terminal: longer ones were seen to work, but nobody reads them. */
const MAX_PHRASE = 200;

/** Characters that each part may have; the first row that makes no sentence longer than the phrase may be counts. */
interface Room {
  host: number;
  organization: number;
  contact: number;
}
const ROOM: readonly [Room, ...Room[]] = [
  { host: 80, organization: 40, contact: 60 },
  { host: 80, organization: 24, contact: 40 },
  { host: 60, organization: 16, contact: 40 },
  { host: 48, organization: 12, contact: 24 },
];

/** Printable ASCII only (RFC 9112 section 4 allows no control characters, and terminals obey them), cut in its middle. */
function clean(text: string, most: number): string {
  const plain = text.replaceAll(/[^\x20-\x7e]/g, '?').trim();
  if (plain.length <= most) return plain;
  const half = Math.floor((most - 3) / 2);
  return `${plain.slice(0, half)}...${plain.slice(plain.length - half)}`;
}

function names(organizations: readonly string[], most: number): string {
  const shown = organizations.slice(0, 2).map((name) => clean(name, most));
  if (organizations.length > 2) shown.push('others');
  return shown.length === 0 ? 'your organization' : shown.join(' or ');
}

/** The one sentence that a developer sees when a pull fails: the host, the organization, and what to do now. */
export function refusalSentence(host: string, context: RefusalContext): string {
  const sentences = ROOM.map((room) => sentence(room));
  return clean(sentences.find(({ length }) => length <= MAX_PHRASE) ?? sentences.at(-1) ?? '', MAX_PHRASE);

  function sentence(room: Room): string {
    const refused = clean(host, room.host);
    const org = names(context.organizations, room.organization);
    const ask = context.contact ? `ask ${clean(context.contact, room.contact)}` : `ask an owner of ${org}`;
    switch (context.reason) {
      case 'sign-in-required':
        return `${refused} is refused: signing in to ${org} is required on this machine. Open Portcullis, sign in, and try again.`;
      case 'no-policy':
        return `${refused} is refused: there is no policy key for ${org} on this machine. Ask your administrator.`;
      case 'policy-expired':
        return `${refused} is refused: the policy of ${org} has expired. Open Portcullis and choose Sync now.`;
      case 'policy-invalid':
        return `${refused} is refused: the policy of ${org} cannot be verified. Open Portcullis and choose Sync now.`;
      case 'managed-config-invalid':
        return `${refused} is refused: the sign-in settings on this machine cannot be used. Ask your administrator.`;
      default:
        return `${refused} is not an allowed registry of ${org}. To have it added, ${ask}.`;
    }
  }
}

/** The same without the host, which the question names already: for DNS, at most 100 bytes. */
export function refusalText(context: RefusalContext): string {
  const org = names(context.organizations, ROOM[0].organization);
  switch (context.reason) {
    case 'sign-in-required':
      return clean(`signing in to ${org} is required`, 100);
    case 'no-policy':
      return clean(`no policy key for ${org}`, 100);
    case 'policy-expired':
      return clean(`the policy of ${org} has expired`, 100);
    case 'policy-invalid':
      return clean(`the policy of ${org} cannot be verified`, 100);
    case 'managed-config-invalid':
      return 'the sign-in settings on this machine cannot be used';
    default: {
      const ask = context.contact ? `; ask ${clean(context.contact, 40)}` : '';
      return clean(`not on the registry list of ${org}${ask}`, 100);
    }
  }
}
