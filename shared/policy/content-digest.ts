const PART = 2 ** 20;

/**
 * What a policy says, apart from when it was signed: a digest over all claims but `iat` and `exp`, also those this version does
 * not know, so that it stays the same when the program is updated. Objects are taken with their keys in order (as RFC 8785
 * does), which makes it independent of how the hub writes its JSON.
 *
 * SHA-256 over the SHA-256 digests of that text's parts, as lower-case hex. A part ends with the first line (or claim) that makes
 * it 2^20 UTF-16 units or more, so that a list of a million lines is never held a second time as one text.
 */
export async function contentDigest(claims: Readonly<Record<string, unknown>>): Promise<string> {
  const digests: Uint8Array[] = [];
  let pending = '';
  const content: Record<string, unknown> = { __proto__: null, ...claims };
  delete content.iat;
  delete content.exp;
  for (const piece of canonicalPieces(content)) {
    pending += piece;
    if (pending.length < PART) continue;
    digests.push(await sha256(new TextEncoder().encode(pending)));
    pending = '';
  }
  digests.push(await sha256(new TextEncoder().encode(pending)));
  const all = new Uint8Array(digests.length * 32);
  digests.forEach((digest, index) => {
    all.set(digest, index * 32);
  });
  return hex(await sha256(all));
}

/** A JSON value as text with sorted keys, in pieces of one array element or less than one object member. */
function* canonicalPieces(value: unknown): Generator<string> {
  if (Array.isArray(value)) {
    yield '[';
    for (let i = 0; i < value.length; i++) yield (i === 0 ? '' : ',') + canonical(value[i]);
    yield ']';
  } else if (typeof value === 'object' && value !== null) {
    yield '{';
    let first = true;
    for (const key of Object.keys(value).sort()) {
      yield `${first ? '' : ','}${JSON.stringify(key)}:`;
      yield* canonicalPieces((value as Record<string, unknown>)[key]);
      first = false;
    }
    yield '}';
  } else yield JSON.stringify(value);
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const keys = Object.keys(value);
  const members = value as Record<string, unknown>;
  // A line of the list, as hubs write it: in order already, and flat.
  if (keys.every((key, i) => typeof members[key] !== 'object' && (i === 0 || (keys[i - 1] ?? '') < key))) {
    return JSON.stringify(value);
  }
  return `{${keys
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(members[key])}`)
    .join(',')}}`;
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
