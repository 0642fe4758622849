/**
 * What a `portcullis:` address, from any web page or program, can do: check an image, or fill in a request for access, which only the user
 * can send.
 */
export interface DeepLink {
  kind: 'check' | 'request';
  /** As typed after `docker pull`; the agent decides whether it is an image at all. */
  subject: string;
}

export const SCHEME = 'portcullis';

/** As the IPC table bounds `decide.explain`. */
const MAX_SUBJECT = 1024;

/**
 * Reads `portcullis://check?image=ghcr.io/acme/app:1` and `portcullis://request?image=gcr.io/acme/app`. A reason cannot be given: it would
 * be somebody else's words under the user's name.
 *
 * @returns null for anything that is not exactly of this form: a page can put anything into an address.
 */
export function parseDeepLink(address: string): DeepLink | null {
  if (address.length > 4096 || !URL.canParse(address)) return null;
  const url = new URL(address);
  // Browsers differ in whether they add the slash behind the host.
  const place = url.host + url.pathname.replace(/\/$/, '');
  if (url.protocol !== `${SCHEME}:` || !isKind(place) || url.hash !== '' || url.username !== '') return null;
  const [entry, ...others] = [...url.searchParams];
  if (entry === undefined || others.length > 0 || entry[0] !== 'image') return null;
  const subject = entry[1].trim();
  return isSubject(subject) ? { kind: place, subject } : null;
}

function isKind(place: string): place is DeepLink['kind'] {
  return place === 'check' || place === 'request';
}

/** Whether this is a line of text that can be checked, from a link or from the clipboard. */
export function isSubject(text: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this rejects
  return text !== '' && text.length <= MAX_SUBJECT && !/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/.test(text);
}
