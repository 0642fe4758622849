import { sharedMemory } from './shared-memory.ts';
import { FOLD, MAX_WIRE_NAME, STRANGE } from './wire-name.ts';

/**
 * Names and what is granted on them, for look-ups straight from the bytes of a DNS question, without allocation.
 *
 * Names are kept in lower-case wire form, and every ancestor of a name (which is the tail of its bytes) is an entry too. A
 * look-up goes from the last label to the first with one running hash, so each step costs one probe, the longest suffix is found
 * on the way, and a name of which nothing is known is left after the first label that nobody listed.
 *
 * All fields are numbers and views of shared memory, which is not copied when it is posted to a worker thread.
 */
export interface NameTable {
  /** Unknown outside, so that nobody can choose names that collide. */
  seed: number;
  /** Slots less one; the number of slots is a power of two. */
  mask: number;
  /** Whether every ancestor is an entry. False only for lists made to exhaust memory: then every name counts as an ancestor. */
  complete: boolean;
  names: Uint8Array;
  /** Four numbers a slot: hash; 0 or 1 + offset into `names`, ORed with `ANCESTOR`; 1 + first exact grant; 1 + first suffix grant. */
  slots: Uint32Array;
  /** Per grant. 0: any port. */
  grantPort: Uint16Array;
  grantKind: Uint8Array;
  /** Offset of the granted name in `names`. */
  grantName: Uint32Array;
  /** The line of the list it stands for. */
  grantLine: Uint32Array;
  /** 1 + next grant on the same name and of the same kind, for another port. */
  grantNext: Uint32Array;
}

/** Bits of `grantKind`. */
export const SUFFIX = 1;
export const COMPANION = 2;
export const BASELINE = 4;
/** The port was written, though it may be the default. */
export const EXPLICIT_PORT = 8;

/** What `find` answers instead of a grant. */
export const NONE = -1;
/** Not granted, but something below it is (RFC 8020: its answer must not be NXDOMAIN). */
export const ANCESTOR_ONLY = -2;
/** No whole uncompressed name of at most 255 octets. */
export const MALFORMED = -3;

/** Bits of a slot's second number, above the offset: something is granted below this name; another name has the same hash. */
const ANCESTOR = 0x8000_0000;
const COLLIDES = 0x4000_0000;
const OFFSET = 0x3fff_ffff;
const SLOT = 4;
const PRIME = 0x0100_0193;

/** Grants count whose line ends after `now`. Both in seconds since 1970. */
export interface Alive {
  /** By line. */
  ends: Uint32Array;
  now: number;
}

/** Where the labels of the name under way begin; one thread works on one name at a time. */
const labels = new Uint8Array(MAX_WIRE_NAME);

/** Fills `labels`, and returns how many there are, or -1. */
function scan(bytes: Uint8Array, offset: number): number {
  let count = 0;
  let at = offset;
  for (;;) {
    const length = bytes[at];
    if (length === 0) return count;
    if (length === undefined || length > 63 || at - offset + length + 2 > MAX_WIRE_NAME) return -1;
    labels[count++] = at - offset;
    at += length + 1;
  }
}

/** The hash of a name is that of its parent, continued by its first label. */
function hashLabel(hash: number, bytes: Uint8Array, at: number): number {
  const length = bytes[at] ?? 0;
  let h = Math.imul(hash ^ length, PRIME);
  for (let i = at + 1, end = at + length; i <= end; i++) {
    h = Math.imul(h ^ ((FOLD[bytes[i] ?? 0] ?? 0) & 0xff), PRIME);
  }
  return h;
}

/** Spreads the running hash over all bits (the finalizer of MurmurHash3). */
function spread(hash: number): number {
  let h = hash;
  h = Math.imul(h ^ (h >>> 16), 0x85eb_ca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2_ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function sameName(names: Uint8Array, name: number, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; ; ) {
    const length = bytes[at + i] ?? 0;
    if (names[name + i] !== length) return false;
    if (length === 0) return true;
    for (const end = i + length; i < end; ) {
      i++;
      if (names[name + i] !== ((FOLD[bytes[at + i] ?? 0] ?? 0) & 0xff)) return false;
    }
    i++;
  }
}

/**
 * The slot of the name that begins at `at`, or -1 - the free slot where it would go. Names are compared byte by byte wherever
 * something depends on it. On the way to a longer name (`passing`) an entry that grants nothing, and whose hash no other entry
 * has, is taken on its hash: if that is wrong, so is the longer name, and that is compared.
 */
function locate(table: Slots, hash: number, bytes: Uint8Array, at: number, passing: boolean): number {
  const { slots, mask, names } = table;
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const name = slots[slot * SLOT + 1] ?? 0;
    if (name === 0) return -1 - slot;
    if (slots[slot * SLOT] !== hash) continue;
    if (passing && (name & COLLIDES) === 0 && slots[slot * SLOT + 3] === 0) return slot;
    if (sameName(names, (name & OFFSET) - 1, bytes, at)) return slot;
  }
}

type Slots = Pick<NameTable, 'slots' | 'mask' | 'names'>;

/** Whether the first labels of the name just scanned hold only what host names hold. */
function plainLabels(bytes: Uint8Array, offset: number, count: number): boolean {
  for (let i = 0; i < count; i++) {
    const at = offset + (labels[i] ?? 0);
    for (let k = at + 1, end = at + (bytes[at] ?? 0); k <= end; k++)
      if ((FOLD[bytes[k] ?? 0] ?? 0) & STRANGE) return false;
  }
  return true;
}

/**
 * The grant for the name whose wire form begins at `offset` of `bytes`, else `NONE`, `ANCESTOR_ONLY` or `MALFORMED`. An exact grant
 * comes before a suffix grant, a longer suffix before a shorter one, and of several on one name the first line of the list.
 * `port` 0 asks for any port. With `strict`, a name with bytes that no host name holds has no grant. With `alive`, grants that have ended
 * are passed over.
 */
export function find(
  table: NameTable,
  bytes: Uint8Array,
  offset: number,
  port: number,
  strict: boolean,
  alive: Alive | null = null,
): number {
  const count = scan(bytes, offset);
  if (count < 0) return MALFORMED;
  const { slots } = table;
  let hash = table.seed;
  let best = NONE;
  let ancestor = count === 0 || !table.complete;
  for (let i = count - 1; i >= 0; i--) {
    const at = offset + (labels[i] ?? 0);
    hash = hashLabel(hash, bytes, at);
    const slot = locate(table, spread(hash), bytes, at, i > 0) * SLOT;
    if (slot < 0) {
      if (table.complete) break;
      continue;
    }
    if (i > 0) {
      const suffix = grantFor(table, slots[slot + 3] ?? 0, port, alive);
      if (suffix !== NONE) best = suffix;
    } else {
      const exact = grantFor(table, slots[slot + 2] ?? 0, port, alive);
      if (exact !== NONE) best = exact;
      ancestor ||= ((slots[slot + 1] ?? 0) & ANCESTOR) !== 0;
    }
  }
  if (best === NONE) return ancestor ? ANCESTOR_ONLY : NONE;
  return strict && !plainLabels(bytes, offset, count) ? NONE : best;
}

function grantFor(table: NameTable, head: number, port: number, alive: Alive | null): number {
  if (head === 0 || (port === 0 && alive === null)) return head - 1;
  for (let grant = head; grant !== 0; grant = table.grantNext[grant - 1] ?? 0) {
    const granted = table.grantPort[grant - 1] ?? 0;
    if (port !== 0 && granted !== 0 && granted !== port) continue;
    if (alive === null || (alive.ends[table.grantLine[grant - 1] ?? 0] ?? 0) > alive.now) return grant - 1;
  }
  return NONE;
}

export interface TableLimits {
  /** Entries that are only ancestors; beyond, the table is not `complete`. */
  ancestors: number;
  /** Grants on one name that differ by port; beyond, `add` refuses. */
  ports: number;
}
export const TABLE_LIMITS: TableLimits = { ancestors: 4_000_000, ports: 256 };

/** Builds a table. Memory grows by doubling and is bounded by the names added and `TableLimits`. */
export class NameTableBuilder {
  /** Distinct hosts and suffixes granted. */
  hosts = 0;

  readonly #seed: number;
  readonly #limits: TableLimits;
  #complete = true;
  #ancestors = 0;
  #entries = 0;
  /** What is under way of the table. */
  readonly #at: Slots;
  #namesEnd = 0;
  #grants = 0;
  #port: Uint16Array;
  #kind: Uint8Array;
  #name: Uint32Array;
  #line: Uint32Array;
  #next: Uint32Array;
  readonly #hashes = new Uint32Array(MAX_WIRE_NAME);

  /**
   * `expected` names, and their bytes on the wire, to spare growing; `seed` should be random where a stranger can choose what is looked up.
   */
  constructor(seed: number, expected = 16, limits: TableLimits = TABLE_LIMITS, expectedBytes = expected * 24) {
    this.#seed = seed >>> 0;
    this.#limits = limits;
    const size = 2 ** Math.ceil(Math.log2(Math.max(expected, 8) * 2));
    this.#at = { slots: numbers(size * SLOT), mask: size - 1, names: bytes(expectedBytes) };
    const grants = Math.max(expected, 8);
    this.#port = new Uint16Array(sharedMemory(grants * 2));
    this.#kind = bytes(grants);
    this.#name = numbers(grants);
    this.#line = numbers(grants);
    this.#next = numbers(grants);
  }

  /**
   * Grants a name in wire form to a line, for one port (0: any). Returns the grant's number, which is an earlier one's where
   * that covers the same name, kind and port; or -1 where the name has more ports than the limits allow.
   */
  add(bytes: Uint8Array, port: number, kind: number, line: number): number {
    const count = scan(bytes, 0);
    let hash = this.#seed;
    for (let i = count - 1; i >= 0; i--) {
      hash = hashLabel(hash, bytes, labels[i] ?? 0);
      this.#hashes[i] = spread(hash);
    }
    const slot = this.#ensure(bytes, count) * SLOT;
    const { slots } = this.#at;
    const head = slot + (kind & SUFFIX ? 3 : 2);
    let last = 0;
    let length = 0;
    for (let grant = slots[head] ?? 0; grant !== 0; grant = this.#next[grant - 1] ?? 0) {
      const granted = this.#port[grant - 1];
      if (granted === port || granted === 0) return grant - 1;
      last = grant;
      length++;
    }
    if (length >= this.#limits.ports) return -1;
    const grant = this.#append(port, kind, ((slots[slot + 1] ?? 0) & OFFSET) - 1, line);
    if (last !== 0) this.#next[last - 1] = grant + 1;
    else {
      slots[head] = grant + 1;
      this.hosts++;
    }
    if (kind & SUFFIX) this.#mark(slot, ANCESTOR);
    return grant;
  }

  build(): NameTable {
    const { slots, mask, names } = this.#at;
    return {
      seed: this.#seed,
      mask,
      complete: this.#complete,
      slots,
      grantName: this.#name.subarray(0, this.#grants),
      grantLine: this.#line.subarray(0, this.#grants),
      grantNext: this.#next.subarray(0, this.#grants),
      grantPort: this.#port.subarray(0, this.#grants),
      grantKind: this.#kind.subarray(0, this.#grants),
      names: names.subarray(0, this.#namesEnd),
    };
  }

  /** The slot of the name just scanned; makes entries of it and of its ancestors as needed. */
  #ensure(bytes: Uint8Array, count: number): number {
    // Room first: entries must not move while their slots are held.
    while ((this.#entries + count) * 5 > (this.#at.mask + 1) * 3) this.#grow();
    const hash = this.#hashes[0] ?? 0;
    const found = locate(this.#at, hash, bytes, 0, false);
    if (found >= 0) return found;
    const start = this.#write(bytes, count);
    this.#occupy(-1 - found, hash, start);
    for (let i = 1; i < count; i++) {
      const at = labels[i] ?? 0;
      const parentHash = this.#hashes[i] ?? 0;
      const parent = locate(this.#at, parentHash, bytes, at, false);
      if (parent >= 0) {
        // An entry's own ancestors were made with it.
        this.#mark(parent * SLOT, ANCESTOR);
        break;
      }
      if (this.#ancestors >= this.#limits.ancestors) {
        this.#complete = false;
        break;
      }
      this.#ancestors++;
      this.#occupy(-1 - parent, parentHash, start + at);
      this.#mark((-1 - parent) * SLOT, ANCESTOR);
    }
    return -1 - found;
  }

  #occupy(free: number, hash: number, name: number): void {
    const { slots, mask } = this.#at;
    slots[free * SLOT] = hash;
    slots[free * SLOT + 1] = name + 1;
    this.#entries++;
    for (let slot = hash & mask; slot !== free; slot = (slot + 1) & mask) {
      if (slots[slot * SLOT] !== hash) continue;
      this.#mark(slot * SLOT, COLLIDES);
      this.#mark(free * SLOT, COLLIDES);
    }
  }

  #mark(slot: number, bit: number): void {
    this.#at.slots[slot + 1] = (this.#at.slots[slot + 1] ?? 0) | bit;
  }

  /** Returns where the name just scanned now stands among the names, folded to lower case. */
  #write(name: Uint8Array, count: number): number {
    const start = this.#namesEnd;
    const last = labels[count - 1] ?? 0;
    const length = last + (name[last] ?? 0) + 2;
    if (start + length > this.#at.names.length) {
      this.#at.names = copied(bytes((start + length) * 2), this.#at.names);
    }
    for (let i = 0; i < length; i++) this.#at.names[start + i] = (FOLD[name[i] ?? 0] ?? 0) & 0xff;
    this.#namesEnd += length;
    return start;
  }

  #grow(): void {
    const old = this.#at.slots;
    const mask = this.#at.mask * 2 + 1;
    const slots = numbers((mask + 1) * SLOT);
    for (let from = 0; from < old.length; from += SLOT) {
      if (old[from + 1] === 0) continue;
      let slot = (old[from] ?? 0) & mask;
      while (slots[slot * SLOT + 1] !== 0) slot = (slot + 1) & mask;
      for (let i = 0; i < SLOT; i++) slots[slot * SLOT + i] = old[from + i] ?? 0;
    }
    this.#at.slots = slots;
    this.#at.mask = mask;
  }

  #append(port: number, kind: number, name: number, line: number): number {
    const grant = this.#grants++;
    if (grant === this.#port.length) {
      const length = grant * 2;
      this.#port = copied(new Uint16Array(sharedMemory(length * 2)), this.#port);
      this.#kind = copied(bytes(length), this.#kind);
      this.#name = copied(numbers(length), this.#name);
      this.#line = copied(numbers(length), this.#line);
      this.#next = copied(numbers(length), this.#next);
    }
    this.#port[grant] = port;
    this.#kind[grant] = kind;
    this.#name[grant] = name;
    this.#line[grant] = line;
    return grant;
  }
}

function bytes(length: number): Uint8Array {
  return new Uint8Array(sharedMemory(length));
}

function numbers(length: number): Uint32Array {
  return new Uint32Array(sharedMemory(length * 4));
}

function copied<T extends Uint8Array | Uint16Array | Uint32Array>(to: T, from: T): T {
  to.set(from);
  return to;
}
