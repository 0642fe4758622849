const PART = 2 ** 20;
/** So many parts are digested at a time: each is copied for it. */
const PARTS_UNDER_WAY = 4;

/**
 * What a policy says, apart from when it was signed: a digest over all claims but `iat` and `exp`, also those this version does
 * not know, so that it stays the same when the program is updated. Objects are taken with their keys in order (as RFC 8785
 * does), which makes it independent of how the hub writes its JSON.
 *
 * SHA-256 over the SHA-256 digests of that text's parts, as lower-case hex. A part ends with the first line (or claim) that makes
 * it 2^20 UTF-16 units or more, so that a list of a million lines is never held a second time as one text.
 */
export async function contentDigest(
  claims: Readonly<Record<string, unknown>>,
  /** Adds the claim `registries`, in the same pieces, where `claims` has it in another form. */
  addList?: (digester: ContentDigester) => Promise<void>,
): Promise<string> {
  const digester = new ContentDigester();
  const content: Record<string, unknown> = { __proto__: null, ...claims };
  delete content.iat;
  delete content.exp;
  let before = '{';
  for (const key of Object.keys(content).sort()) {
    await digester.add(`${before}${JSON.stringify(key)}:`);
    before = ',';
    if (key === 'registries' && addList !== undefined) await addList(digester);
    else for (const piece of canonicalPieces(content[key])) await digester.add(piece);
  }
  await digester.add(before === '{' ? '{}' : '}');
  return digester.end();
}

/** Takes the canonical text piece by piece: strings, and ranges of bytes, which are not copied where they follow each other. */
export class ContentDigester {
  readonly #digests: Promise<Uint8Array>[] = [];
  /** The part under way: what is in `#text`, then the range. */
  #text = new Uint8Array(PART);
  #textBytes = 0;
  #range = { bytes: new Uint8Array(), from: 0, to: 0 };
  #units = 0;

  async add(piece: string): Promise<void> {
    if (this.addText(piece)) await this.endPart();
  }

  /** Whether the part is to be ended before the next piece. */
  addText(piece: string): boolean {
    this.#copyRange();
    this.#reserve(piece.length * 3);
    this.#textBytes += encoder.encodeInto(piece, this.#text.subarray(this.#textBytes)).written;
    this.#units += piece.length;
    return this.#units >= PART;
  }

  /** The same for a piece of ASCII. */
  addRange(bytes: Uint8Array<ArrayBuffer>, from: number, to: number): boolean {
    if (this.#range.bytes === bytes && this.#range.to === from) this.#range.to = to;
    else {
      this.#copyRange();
      this.#range = { bytes, from, to };
    }
    this.#units += to - from;
    return this.#units >= PART;
  }

  async endPart(): Promise<void> {
    const { bytes, from, to } = this.#range;
    if (this.#textBytes > 0) this.#copyRange();
    const part = this.#textBytes > 0 ? this.#text.subarray(0, this.#textBytes) : bytes.subarray(from, to);
    // Web Crypto copies the part at once and digests it elsewhere, while the next one is put together here.
    this.#digests.push(sha256(part));
    this.#textBytes = 0;
    this.#units = 0;
    this.#range.from = this.#range.to;
    await this.#digests.at(-PARTS_UNDER_WAY);
  }

  async end(): Promise<string> {
    await this.endPart();
    const all = new Uint8Array(this.#digests.length * 32);
    for (const [index, digest] of this.#digests.entries()) all.set(await digest, index * 32);
    return hex(await sha256(all));
  }

  #copyRange(): void {
    const { bytes, from, to } = this.#range;
    this.#reserve(to - from);
    this.#text.set(bytes.subarray(from, to), this.#textBytes);
    this.#textBytes += to - from;
    this.#range.from = to;
  }

  #reserve(bytes: number): void {
    const needed = this.#textBytes + bytes;
    if (needed <= this.#text.length) return;
    const larger = new Uint8Array(needed * 2);
    larger.set(this.#text.subarray(0, this.#textBytes));
    this.#text = larger;
  }
}

const encoder = new TextEncoder();

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

export function canonical(value: unknown): string {
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
