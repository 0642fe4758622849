import { gzipSync } from 'node:zlib';

/** One file of a package, with a path relative to the root of the volume and without a slash at either end. */
export type Entry = { readonly path: string; readonly mode: number } & (
  | { readonly kind: 'folder' }
  | { readonly kind: 'file'; readonly content: Buffer }
  | { readonly kind: 'link'; readonly target: string }
);

/** The bits of the mode that say what it is (POSIX, sys/stat.h). */
export function fileType({ kind }: Entry): number {
  return { folder: 0o040000, file: 0o100000, link: 0o120000 }[kind];
}

export function contentOf(entry: Entry): Buffer {
  if (entry.kind === 'file') return entry.content;
  return entry.kind === 'link' ? Buffer.from(entry.target) : Buffer.alloc(0);
}

/**
 * The archive in which Apple's installer keeps files: `odc`, the portable format of cpio (POSIX, "cpio Interchange Format"), compressed.
 * All belongs to root.
 *
 * @param epoch seconds since 1970, of every file.
 */
export function payloadOf(entries: readonly Entry[], epoch: number): Buffer {
  const root: Entry = { kind: 'folder', path: '.', mode: 0o755 };
  const all = [root, ...entries.map((entry) => ({ ...entry, path: `./${entry.path}` }))];
  const parts = all.flatMap((entry, index) => record(entry, index + 1, fileType(entry) | entry.mode, epoch));
  const trailer: Entry = { kind: 'file', path: 'TRAILER!!!', mode: 0, content: Buffer.alloc(0) };
  // A member without a time in its header, so that the same files give the same bytes.
  return gzipSync(Buffer.concat([...parts, ...record(trailer, 0, 0, 0)]), { level: 9 });
}

function record(entry: Entry, inode: number, mode: number, epoch: number): Buffer[] {
  const name = Buffer.from(`${entry.path}\0`);
  const content = contentOf(entry);
  const octal = (value: number, digits: number): string => {
    const text = value.toString(8).padStart(digits, '0');
    if (text.length > digits) throw new Error(`${entry.path}: ${value} does not fit into ${digits} octal digits`);
    return text;
  };
  const header = [
    '070707',
    octal(0, 6),
    octal(inode, 6),
    octal(mode, 6),
    octal(0, 6),
    octal(0, 6),
    octal(1, 6),
    octal(0, 6),
    octal(epoch, 11),
    octal(name.length, 6),
    octal(content.length, 11),
  ];
  return [Buffer.from(header.join('')), name, content];
}
