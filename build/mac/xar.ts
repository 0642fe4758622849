import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import { escapeXml } from '../../main/managed-config/admx.ts';

/** A member of the archive; a folder has members of its own. */
export type Member =
  | { readonly name: string; readonly content: Buffer }
  | { readonly name: string; readonly members: readonly Member[] };

const sha1 = (bytes: Buffer): string => createHash('sha1').update(bytes).digest('hex');

/**
 * A xar archive (https://github.com/apple-oss-distributions/xar): header, compressed table of contents, and the heap, which begins with the
 * digest of that table. Nothing in it is compressed once more. SHA-1 is what the format knows; what protects a package is its signature.
 */
export function xar(members: readonly Member[], epoch: number): Buffer {
  const heap: Buffer[] = [];
  // The digest of the table of contents.
  let offset = 20;
  let id = 0;
  const described = (member: Member): string => {
    id += 1;
    const head = `<file id="${id}"><name>${escapeXml(member.name)}</name>`;
    if ('members' in member) {
      return `${head}<type>directory</type><mode>0755</mode>${member.members.map(described).join('')}</file>`;
    }
    const { content } = member;
    const at = offset;
    offset += content.length;
    heap.push(content);
    const digest = sha1(content);
    return `${head}<type>file</type><mode>0644</mode><data><length>${content.length}</length><size>${content.length}</size><offset>${at}</offset><encoding style="application/octet-stream"/><archived-checksum style="sha1">${digest}</archived-checksum><extracted-checksum style="sha1">${digest}</extracted-checksum></data></file>`;
  };
  const files = members.map(described).join('');
  const time = new Date(epoch * 1000).toISOString().slice(0, 19);
  const toc = Buffer.from(
    `<?xml version="1.0" encoding="UTF-8"?>\n<xar><toc><creation-time>${time}</creation-time><checksum style="sha1"><offset>0</offset><size>20</size></checksum>${files}</toc></xar>\n`,
  );
  const compressed = deflateSync(toc, { level: 9 });
  const header = Buffer.alloc(28);
  header.write('xar!', 0, 'latin1');
  header.writeUInt16BE(header.length, 4);
  header.writeUInt16BE(1, 6);
  header.writeBigUInt64BE(BigInt(compressed.length), 8);
  header.writeBigUInt64BE(BigInt(toc.length), 16);
  // 1: SHA-1.
  header.writeUInt32BE(1, 24);
  return Buffer.concat([header, compressed, createHash('sha1').update(compressed).digest(), ...heap]);
}
