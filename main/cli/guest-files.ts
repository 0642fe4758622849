import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { join } from 'node:path';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { IpcClient } from '../../shared/schemas/ipc.ts';
import { type CallResult, MAX_PAGE } from '../../shared/schemas/ipc-schema.ts';
import { summaryOf } from '../../shared/state/derive-state.ts';
import { type GuestFile, type GuestKind, guestFiles } from '../attachment/guest-files.ts';
import { wslAllowlist } from '../attachment/wsl-allowlist.ts';
import { checkWslConfig } from '../attachment/wsl-config.ts';
import { askAgent } from './ask-agent.ts';
import { printLine } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';

export interface GuestOptions {
  readonly host?: string;
  readonly out?: string;
  readonly force?: true;
}

/** @throws ProblemError `guest-host`, `guest-file-exists`, `output-not-written` */
export async function writeGuestFiles(kinds: readonly GuestKind[], { host, out, force }: GuestOptions): Promise<void> {
  if (host !== undefined && !isIPv4(host)) throw new ProblemError(problem('guest-host', { host }));
  for (const kind of kinds) {
    for (const file of guestFiles(kind, host ?? null)) {
      if (out === undefined) printFile(kind, file);
      else await save(join(out, kind), file, force === true);
    }
  }
}

function printFile(kind: GuestKind, { name, places, merge, content }: GuestFile): void {
  printLine(`==> ${kind}: ${name}`);
  for (const place of places) printLine(`# ${place}`);
  if (merge !== null) printLine(`# ${merge}`);
  // Not by lines that anybody else's words may be in: it is our own text, with tabs.
  process.stdout.write(`${content}\n`);
}

async function save(folder: string, { name, places, merge, content, mode }: GuestFile, force: boolean): Promise<void> {
  const path = join(folder, name);
  const failed = (error: NodeJS.ErrnoException): never => {
    throw new ProblemError(problem('output-not-written', { file: path }, { cause: error.code ?? error.message }));
  };
  const present = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) =>
    error.code === 'ENOENT' ? null : failed(error),
  );
  if (present !== null && present !== content && !force) {
    throw new ProblemError(problem('guest-file-exists', { file: path }));
  }
  if (present !== content) {
    await mkdir(folder, { recursive: true }).catch(failed);
    await writeFile(path, content, { mode, flag: present === null ? 'wx' : 'w' }).catch(failed);
  }
  printLine(present === content ? `${path} is already as it should be.` : `Wrote ${path}.`);
  for (const place of places) printLine(`  ${place}`);
  if (merge !== null) printLine(`  ${merge}`);
}

/** @throws ProblemError `guest-config-unreadable` */
export async function checkWslConfigFile(file: string): Promise<void> {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ProblemError(problem('guest-config-unreadable', { file }, { cause: error.code ?? error.message }));
  });
  const findings = checkWslConfig(content);
  for (const { line, text } of findings) printLine(line === 0 ? `${file}: ${text}` : `${file}, line ${line}: ${text}`);
  if (findings.length > 0) throw new Exit(exitCodes.problem);
  printLine(`${file}: everything that the guard in WSL needs is set.`);
}

export interface AllowlistOptions {
  readonly registry?: string[];
  readonly out: string;
  readonly force?: true;
}

/** @throws ProblemError of the agent, `wsl-allowlist-not-in-force`, `file-exists`, `output-not-written` */
export async function writeWslAllowlist({ registry, out, force }: AllowlistOptions): Promise<void> {
  const note = (line: string) => process.stderr.write(`${line}\n`);
  const { content, registries, left } = wslAllowlist(registry ?? (await askAgent(addressesInForce)));
  if (out === '-') process.stdout.write(content);
  else {
    await writeFile(out, content, { flag: force ? 'w' : 'wx', mode: 0o644 }).catch((error: NodeJS.ErrnoException) => {
      const code = error.code === 'EEXIST' ? 'file-exists' : 'output-not-written';
      throw new ProblemError(problem(code, { file: out }, { cause: error.code ?? error.message }));
    });
    note(`Wrote ${out}. On each Windows machine, as an administrator: reg.exe import ${out}`);
  }
  for (const address of left) note(`Not in the file, so blocked in WSL containers: ${address}`);
  if (registries.length === 0) {
    note('No registry is left. An empty list would allow all of them in WSL, so the file forbids WSL containers.');
  }
  note('The file is a copy of the allowlist as it is now: export it again when the list changes.');
}

/** @throws ProblemError `wsl-allowlist-not-in-force` */
async function addressesInForce(client: IpcClient): Promise<string[]> {
  const { policy } = await client.call('snapshot.get', {});
  const summary = policy === null ? null : summaryOf(policy);
  if (summary === null || !summary.enabled || summary.mode !== 'enforce') {
    throw new ProblemError(problem('wsl-allowlist-not-in-force'));
  }
  const addresses: string[] = [];
  let cursor: string | null = null;
  do {
    const page: CallResult<'registries.list'> = await client.call('registries.list', { cursor, limit: MAX_PAGE });
    // The list changed between two pages, which do not belong together.
    if (page.stale) return addressesInForce(client);
    addresses.push(...page.items.map(({ address }) => address));
    cursor = page.next;
  } while (cursor !== null);
  return addresses;
}
