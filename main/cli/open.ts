import type { Command } from 'commander';
import { printLine } from './print.ts';

/** `portcullis open`: the panel in a browser. */
export function addOpenCommand(program: Command): void {
  program
    .command('open')
    .description('open the panel in a browser')
    .option('--print', 'print the address instead; it works once, within a minute, on this machine')
    .action(async ({ print = false }: { print?: boolean }) => {
      const { askAgent } = await import('./ask-agent.ts');
      const { url } = await askAgent((client) => client.call('panel.open', { print }));
      if (url !== null) printLine(url);
    });
}
