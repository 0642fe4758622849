/**
 * What `wsl.exe` says, in any of its languages and ages. Its words are translated, so nothing here depends on one: only on
 * the order of lines and on what a version looks like.
 */

/** wsl.exe writes UTF-16LE without a mark, or UTF-8 where `WSL_UTF8=1` is set (WSL 0.64 and later). */
export function decodeWslOutput(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes);
  const zeros = buffer.subarray(0, 256).filter((byte) => byte === 0).length;
  const text = zeros > 0 ? buffer.toString('utf16le') : buffer.toString('utf8');
  return text.replace(/^\uFEFF/, '').replaceAll('\r', '');
}

const LABELLED = /^[^:：]{1,80}[:：]\s*(\d+(?:\.\d+){2,3})(?:-\d+)?\s*$/;

/**
 * The kernel of WSL 2, or null where it is not told.
 *
 * `wsl --version` (the WSL of the Store): the second of several labelled versions, in every language. `wsl --status` of the
 * WSL that came with Windows: the last line. Both with colon, in French after a space, in Chinese and Japanese maybe a wide
 * one. What an old wsl.exe prints instead, that it does not know the option, has neither.
 */
export function wslKernel(output: string): string | null {
  const versions = output
    .split('\n')
    .map((line) => LABELLED.exec(line.trim())?.[1])
    .filter((version) => version !== undefined);
  return (versions.length > 1 ? versions[1] : versions[0]) ?? null;
}

/** `wsl --list --verbose`: the name comes first, after a star for the default one; the WSL version last. */
export function wslDistributions(output: string): { name: string; version: 1 | 2 }[] {
  return output.split('\n').flatMap((line) => {
    const match = /^[* ]\s*(\S+)\s.*\s([12])\s*$/.exec(line);
    if (match?.[1] === undefined) return [];
    return [{ name: match[1], version: match[2] === '1' ? (1 as const) : (2 as const) }];
  });
}
