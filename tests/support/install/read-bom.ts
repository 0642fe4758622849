/** What a bill of materials says of one path. */
export interface BomPath {
  kind: 'file' | 'folder' | 'link';
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  checksum: number | null;
  target: string | null;
}

/**
 * Reads a bill of materials, as `lsbom` does. Written from the structures that readers of the format agree upon (BOMHeader, BOMBlockTable, BOMVars,
 * BOMTree, BOMPaths, BOMPathInfo1, BOMPathInfo2, BOMFile), and not from our writer: it follows pointers and lengths, and shares no code with it.
 *
 * @throws Error where it is not one
 */
export function readBom(bytes: Buffer): Map<string, BomPath> {
  if (bytes.toString('latin1', 0, 8) !== 'BOMStore' || bytes.readUInt32BE(8) !== 1) throw new Error('no BOMStore');
  const [blocks, indexAt, indexSize, varsAt, varsSize] = [12, 16, 20, 24, 28].map((at) => bytes.readUInt32BE(at)) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const pointers = bytes.readUInt32BE(indexAt);
  if (4 + pointers * 8 > indexSize || varsAt + varsSize > bytes.length) throw new Error('the index does not fit');
  let used = 0;
  const block = (number: number): Buffer => {
    if (number <= 0 || number >= pointers) throw new Error(`there is no block ${number}`);
    const at = bytes.readUInt32BE(indexAt + 4 + number * 8);
    const size = bytes.readUInt32BE(indexAt + 8 + number * 8);
    if (at < 512 || at + size > bytes.length) throw new Error(`block ${number} lies outside`);
    return bytes.subarray(at, at + size);
  };
  for (let number = 1; number < pointers; number += 1) if (block(number).length > 0) used += 1;
  if (used !== blocks) throw new Error(`${used} blocks, and the header says ${blocks}`);

  const variables = new Map<string, number>();
  for (let at = varsAt + 4, left = bytes.readUInt32BE(varsAt); left > 0; left -= 1) {
    const length = bytes.readUInt8(at + 4);
    variables.set(bytes.toString('latin1', at + 5, at + 5 + length), bytes.readUInt32BE(at));
    at += 5 + length;
  }
  for (const name of ['BomInfo', 'Paths', 'HLIndex', 'VIndex', 'Size64'])
    if (!variables.has(name)) throw new Error(`no ${name}`);
  for (const name of ['HLIndex', 'Size64'])
    if (pairsOf(variables.get(name) ?? 0).length > 0) throw new Error(`${name} is not empty`);

  /** From the first leaf on, as leaves name their neighbours. */
  function pairsOf(number: number): [key: Buffer, value: Buffer][] {
    const tree = block(number);
    if (tree.toString('latin1', 0, 4) !== 'tree' || tree.readUInt32BE(4) !== 1) throw new Error('no tree');
    let node = block(tree.readUInt32BE(8));
    while (node.readUInt16BE(0) === 0) node = block(node.readUInt32BE(12));
    const pairs: [Buffer, Buffer][] = [];
    for (;;) {
      for (let index = 0; index < node.readUInt16BE(2); index += 1) {
        pairs.push([block(node.readUInt32BE(12 + index * 8)), block(node.readUInt32BE(16 + index * 8))]);
      }
      const next = node.readUInt32BE(4);
      if (next === 0) break;
      node = block(next);
    }
    if (pairs.length !== tree.readUInt32BE(16)) throw new Error('the tree counts differently');
    return pairs;
  }

  const paths = new Map<string, BomPath>();
  const byNumber = new Map<number, string>();
  let before = '';
  for (const [key, value] of pairsOf(variables.get('Paths') ?? 0)) {
    const parent = value.readUInt32BE(0);
    const name = value.toString('utf8', 4, value.length - 1);
    if (value.at(-1) !== 0) throw new Error('a name without an end');
    // The installer searches by both.
    const order = `${parent.toString().padStart(10, '0')}/${name}`;
    if (order <= before) throw new Error('the tree is not sorted');
    before = order;
    const above = parent === 0 ? '' : byNumber.get(parent);
    if (above === undefined) throw new Error(`${name} comes before its folder`);
    const path = above === '' || above === '.' ? name : `${above}/${name}`;
    byNumber.set(key.readUInt32BE(0), path);
    paths.set(path, infoOf(block(key.readUInt32BE(4))));
  }
  const info = block(variables.get('BomInfo') ?? 0);
  if (info.readUInt32BE(0) !== 1 || info.readUInt32BE(4) !== paths.size) throw new Error('BomInfo counts differently');
  return paths;
}

function infoOf(info: Buffer): BomPath {
  const kind = ([null, 'file', 'folder', 'link'] as const)[info.readUInt8(0)];
  if (!kind) throw new Error('an unknown kind of path');
  const mode = info.readUInt16BE(4);
  if (mode >> 12 !== { file: 0o10, folder: 0o4, link: 0o12 }[kind]) throw new Error('kind and mode differ');
  const targetLength = kind === 'link' ? info.readUInt32BE(27) : 0;
  return {
    ...{ kind, mode: mode & 0o7777, uid: info.readUInt32BE(6), gid: info.readUInt32BE(10) },
    ...{ mtime: info.readUInt32BE(14), size: info.readUInt32BE(18) },
    checksum: kind === 'folder' ? null : info.readUInt32BE(23),
    target: kind === 'link' ? info.toString('utf8', 31, 31 + targetLength - 1) : null,
  };
}
