import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { hintAtHelp } from './hint-at-help.ts';
import { addOperatorCommands } from './hub-operator.ts';

/** `portcullis-hub`, the program of the hub's package: what `portcullis hub` of a checkout has beside the commands for owners. @param dashboardFolder the built dashboard */
export function createHubProgram(dashboardFolder: string): Command {
  const program = new Command('portcullis-hub')
    .description("Registry Access Management: the organization's server")
    .version(manifest.version, '--version', 'print the version')
    .exitOverride();
  addOperatorCommands(program, dashboardFolder);
  hintAtHelp(program, [program.name()]);
  return program;
}
