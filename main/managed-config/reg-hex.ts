/**
 * The data of a value that a `.reg` file writes as `hex(TYPE):…`, in the form in which `reg.exe` prints it.
 *
 * @param kind the number of the type in hexadecimal (winnt.h: REG_SZ 1, REG_EXPAND_SZ 2, REG_DWORD 4, REG_MULTI_SZ 7, REG_QWORD b).
 * @param strings how texts are stored: UTF-16, or in a code page that nobody knows here (REGEDIT4).
 */
export function valueOfHex(
  kind: string,
  bytes: Buffer,
  strings: 'utf16' | 'ansi',
): { type: string; text: string; exact: boolean } {
  const exact = strings === 'utf16' || bytes.every((byte) => byte < 0x80);
  const text = bytes.toString(strings === 'utf16' ? 'utf16le' : 'latin1');
  switch (kind.toLowerCase()) {
    case '1':
      return { type: 'REG_SZ', text: text.replace(/\0+$/, ''), exact };
    case '2':
      return { type: 'REG_EXPAND_SZ', text: text.replace(/\0+$/, ''), exact };
    case '4':
      if (bytes.length === 4) return { type: 'REG_DWORD', text: `0x${bytes.readUInt32LE().toString(16)}`, exact: true };
      break;
    case 'b':
      if (bytes.length === 8)
        return { type: 'REG_QWORD', text: `0x${bytes.readBigUInt64LE().toString(16)}`, exact: true };
      break;
    case '7':
      // Each string ends with a NUL, and the list with one more; regedit accepts it without that.
      return { type: 'REG_MULTI_SZ', text: text.replace(/\0{1,2}$/, '').replaceAll('\0', '\\0'), exact };
  }
  return { type: 'REG_BINARY', text: bytes.toString('hex'), exact: true };
}
