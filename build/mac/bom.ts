import { contentOf, type Entry, fileType } from './cpio.ts';
import { posixCksum } from './posix-cksum.ts';

/**
 * The bill of materials of a package, by which the installer and `pkgutil` know what belongs to it. The format is not documented by Apple;
 * written from what others have found out (https://github.com/igankevich/stuckliste/tree/main/docs). Numbers are big-endian.
 *
 * @param epoch seconds since 1970, of every file.
 */
export function bom(entries: readonly Entry[], epoch: number): Buffer {
  const store = new Store();
  const root: Entry = { kind: 'folder', path: '.', mode: 0o755 };
  const numbered = breadthFirst([root, ...entries]);
  const numbers = new Map(numbered.map(({ path }, index) => [path, index + 1]));
  const pairs = numbered.map((entry): [key: number, value: number] => {
    const number = numbers.get(entry.path) ?? 0;
    const parent = entry === root ? 0 : numbers.get(parentOf(entry.path));
    if (parent === undefined) throw new Error(`${entry.path} lies in a folder that is not in the package`);
    const metadata = store.add(metadataOf(entry, epoch));
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    return [store.add(u32(number, metadata)), store.add(u32(parent), cString(name))];
  });
  const size = entries.reduce((sum, entry) => sum + contentOf(entry).length, 0);
  store.name('BomInfo', store.add(u32(1, numbered.length, 1, 0, 0, size, 0)));
  store.name('Paths', tree(store, 4096, pairs));
  store.name('HLIndex', tree(store, 4096, []));
  store.name('VIndex', store.add(u32(1, tree(store, 128, []), 0), Buffer.from([0])));
  store.name('Size64', tree(store, 128, []));
  return store.bytes();
}

function parentOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '.';
}

/** Folders before what is in them, and each folder's files by their names: then parent and name go up together. */
function breadthFirst(entries: readonly Entry[]): Entry[] {
  const depth = ({ path }: Entry) => (path === '.' ? 0 : path.split('/').length);
  const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);
  return [...entries].sort((one, other) => depth(one) - depth(other) || compare(one.path, other.path));
}

function metadataOf(entry: Entry, epoch: number): Buffer {
  const type = { file: 1, folder: 2, link: 3 }[entry.kind];
  const content = contentOf(entry);
  // 15: with everything, and not the path alone.
  const head = Buffer.concat([Buffer.from([type, 1]), u16(0x000f, fileType(entry) | entry.mode)]);
  const common = Buffer.concat([head, u32(0, 0, epoch, content.length), Buffer.from([1])]);
  const checksum = entry.kind === 'folder' ? [] : [u32(posixCksum(content))];
  const target = entry.kind === 'link' ? [u32(content.length + 1), cString(entry.target)] : [];
  return Buffer.concat([common, ...checksum, ...target, Buffer.alloc(8)]);
}

/** All in one leaf: a package of ours has a hundred files, and how a node above several leaves counts them is not agreed upon. */
function tree(store: Store, blockSize: number, pairs: readonly (readonly [key: number, value: number])[]): number {
  const most = Math.floor((blockSize - 12) / 8);
  if (pairs.length > most) throw new Error(`${pairs.length} files do not fit into one leaf of ${most}`);
  const leaf = Buffer.concat([u16(1, pairs.length), u32(0, 0), ...pairs.map((pair) => u32(...pair))]);
  const root = store.add(leaf, Buffer.alloc(blockSize - leaf.length));
  return store.add(Buffer.from('tree'), u32(1, root, blockSize, pairs.length), Buffer.from([0]));
}

/** Numbered blocks, some of them with a name. Block 0 is no block. */
class Store {
  readonly #blocks: Buffer[] = [Buffer.alloc(0)];
  readonly #names: [name: string, block: number][] = [];

  add(...parts: readonly Buffer[]): number {
    return this.#blocks.push(Buffer.concat(parts)) - 1;
  }

  name(name: string, block: number): void {
    this.#names.push([name, block]);
  }

  bytes(): Buffer {
    let offset = HEADER_SIZE;
    const places = this.#blocks.map((block, index) => {
      if (index === 0) return u32(0, 0);
      const place = u32(offset, block.length);
      offset += block.length;
      return place;
    });
    const index = Buffer.concat([u32(places.length), ...places, u32(0)]);
    const names = this.#names.map(([name, block]) =>
      Buffer.concat([u32(block), Buffer.from([name.length]), Buffer.from(name)]),
    );
    const variables = Buffer.concat([u32(names.length), ...names]);
    const header = Buffer.alloc(HEADER_SIZE);
    header.write('BOMStore', 0, 'latin1');
    u32(1, this.#blocks.length - 1, offset, index.length, offset + index.length, variables.length).copy(header, 8);
    return Buffer.concat([header, ...this.#blocks, index, variables]);
  }
}

const HEADER_SIZE = 512;

function u32(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 4);
  for (const [index, number] of numbers.entries()) bytes.writeUInt32BE(number, index * 4);
  return bytes;
}

function u16(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(numbers.length * 2);
  for (const [index, number] of numbers.entries()) bytes.writeUInt16BE(number, index * 2);
  return bytes;
}

function cString(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}
