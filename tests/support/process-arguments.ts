import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What everybody on this machine can read: the arguments of every process; where there is no /proc, of this one. */
export async function processArguments(): Promise<string> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const all = await Promise.all(pids.map((pid) => readFile(join('/proc', pid, 'cmdline'), 'utf8').catch(() => '')));
  return [process.argv.join(' '), ...all].join('\n').replaceAll('\0', ' ');
}
