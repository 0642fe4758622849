import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Where } from './as-owner.ts';
import type { TokenWanted } from './pipeline-tokens.ts';

/** `hub diff|apply|export|import` for a list kept in a file, `hub history|undo` for earlier revisions, `hub tokens` for pipelines. */
export function addListCommands(
  hub: Command,
  command: (name: string, description: string, parent?: Command) => Command,
): void {
  command('diff', 'show how the allowed registries differ from a file; exits with 6 if they do')
    .requiredOption('-f, --file <file>', 'list in YAML or JSON; - for standard input (docs/list-in-git.md)')
    .option('--json', 'print the changes as JSON')
    .action(async ({ file, json = false, ...where }: Where & { file: string; json?: boolean }) => {
      const { diffList } = await import('./apply-list.ts');
      await diffList(where, file, json);
    });
  command('apply', 'make the allowed registries what a file says')
    .requiredOption('-f, --file <file>', 'list in YAML or JSON; - for standard input (docs/list-in-git.md)')
    .option('--dry-run', 'show what would change, and which hosts that allows and blocks; save nothing')
    .option('--yes', 'save without asking, whatever there is to say about the addresses')
    .action(
      async ({
        file,
        dryRun = false,
        yes = false,
        ...where
      }: Where & { file: string } & Record<'dryRun' | 'yes', boolean | undefined>) => {
        const { applyList } = await import('./apply-list.ts');
        await applyList(where, file, { dryRun, yes });
      },
    );
  command('export', 'print the allowed registries as a file for git').action(async (where: Where) => {
    const { exportList } = await import('./apply-list.ts');
    await exportList(where);
  });
  command('import <file>', 'add the registries in a file of another program, or in a list')
    .option('--all', 'also those that allow more than the source does, or should be confirmed')
    .option('--dry-run', 'show what would be added; save nothing')
    .action(
      async (
        file: string,
        { all = false, dryRun = false, ...where }: Where & Record<'all' | 'dryRun', boolean | undefined>,
      ) => {
        const { importList } = await import('./import-list.ts');
        await importList(where, file, { all, dryRun });
      },
    );
  command('history', 'show earlier revisions of the allowed registries, newest first')
    .option('--json', 'print them as JSON (docs/hub-api.md)')
    .action(async ({ json = false, ...where }: Where & { json?: boolean }) => {
      const { showHistory } = await import('./list-history.ts');
      await showHistory(where, json);
    });
  command('undo <revision>', 'go back to the settings of an earlier revision, as a new one').action(
    async (revision: string, where: Where) => {
      const { undoTo } = await import('./list-history.ts');
      await undoTo(where, numberOf(revision));
    },
  );

  const tokens = hub.command('tokens').description('owner: tokens with which a pipeline reads or applies the list');
  command('list', 'show the tokens', tokens)
    .option('--json', 'print them as JSON (docs/hub-api.md)')
    .action(async ({ json = false, ...where }: Where & { json?: boolean }) => {
      const { listTokens } = await import('./pipeline-tokens.ts');
      await listTokens(where, json);
    });
  command('create <name>', 'create a token and print it once', tokens)
    .addOption(
      new Option('--rights <rights>', 'apply: may also save the list').choices(['read', 'apply']).default('read'),
    )
    .option('--days <days>', 'how long it is valid, at most 366', numberOf, 90)
    .option('--out <file>', 'write it to a file that only you can read, instead of printing it')
    .action(async (name: string, { rights, days, out, ...where }: Where & Omit<TokenWanted, 'name'>) => {
      const { createToken } = await import('./pipeline-tokens.ts');
      await createToken(where, { name, rights, days, out });
    });
  command('delete <id>', 'end a token at once', tokens).action(async (id: string, where: Where) => {
    const { deleteToken } = await import('./pipeline-tokens.ts');
    await deleteToken(where, id);
  });
}

function numberOf(text: string): number {
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1.');
  return Number(text);
}
