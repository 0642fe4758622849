import { readFile } from 'node:fs/promises';
import type { ImportRow } from '../../shared/import/import-row.ts';
import { type ReadImport, readImport } from '../../shared/import/read-import.ts';
import type { RegistryEntry } from '../../shared/policy/schema.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import type { Where } from './as-owner.ts';
import { describeAdded } from './describe-change.ts';
import { editSettings } from './hub-settings.ts';
import { printable, printLine } from './print.ts';

const SHOWN = 200;

/** Adds the registries in a file to the list. @throws ProblemError of the file and of `asOwner` */
export async function importList(
  where: Where,
  file: string,
  { all, dryRun }: { all: boolean; dryRun: boolean },
): Promise<void> {
  const imported = await read(file);
  for (const note of imported.notes) say(`note: ${problemText(note)}`);
  for (const { place, problem: fault } of imported.rejected.slice(0, SHOWN)) say(`${place}: ${problemText(fault)}`);
  for (const row of imported.rows.slice(0, SHOWN)) for (const line of aboutRow(row, all)) say(line);
  const chosen = imported.rows.filter(({ ticked }) => all || ticked);
  if (dryRun) {
    for (const { address, nickname } of chosen.slice(0, SHOWN)) {
      printLine(`  + ${address}${nickname === undefined ? '' : ` (${nickname})`}`);
    }
    if (chosen.length > SHOWN) printLine(`  and ${chosen.length - SHOWN} more`);
    printLine(`${chosen.length} of ${imported.rows.length} would be added. Nothing was saved.`);
    return;
  }
  if (chosen.length === 0) {
    printLine('Nothing to add. Nothing was saved.');
    return;
  }
  await editSettings(where, (settings) => {
    const listed = new Set(settings.registries.map(({ address }) => address));
    const added = chosen
      .filter(({ address }) => !listed.has(address))
      .map(({ address, nickname }): RegistryEntry => (nickname === undefined ? { address } : { address, nickname }));
    if (added.length === 0) return { unchanged: 'All of them are allowed already.' };
    const registries = [...settings.registries, ...added];
    const said = added.slice(0, SHOWN).flatMap((entry) => describeAdded(entry, registries));
    return {
      settings: { ...settings, registries },
      said: added.length > SHOWN ? [...said, `  and ${added.length - SHOWN} more`] : said,
    };
  });
}

async function read(file: string): Promise<ReadImport> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ProblemError(problem('list-file-unreadable', { file }, { cause }), { cause: error });
  });
  const imported = readImport(text);
  if (!imported.ok) throw new ProblemError(imported.problem);
  return imported.value;
}

function aboutRow({ place, address, notices, ticked }: ImportRow, all: boolean): string[] {
  const left = ticked || all ? '' : ' (left out; --all adds it)';
  return notices.length === 0 ? [] : [`${place}: ${address}${left}: ${notices.map(problemText).join(' ')}`];
}

/** Beside the answer. */
function say(line: string): void {
  process.stderr.write(`${printable(line)}\n`);
}
