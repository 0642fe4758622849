import { open } from 'node:fs/promises';

/** The last whole lines of a file, oldest first; none if it cannot be read. @param bytes to read at most */
export async function fileTail(path: string, bytes: number): Promise<string[]> {
  const file = await open(path, 'r').catch(() => null);
  if (file === null) return [];
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - bytes);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(size, bytes)), 0, Math.min(size, bytes), from);
    const lines = buffer.toString('utf8', 0, bytesRead).split('\n');
    // The first line is cut.
    if (from > 0) lines.shift();
    return lines.filter((line) => line !== '');
  } catch {
    return [];
  } finally {
    await file.close();
  }
}
