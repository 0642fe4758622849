import { Command } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { addAgentCommand } from './agent.ts';
import { addCompletionCommand } from './completion.ts';
import { addDoctorCommand } from './doctor.ts';
import { addExplainCommand } from './explain.ts';
import { addGatewayCommand } from './gateway.ts';
import { addManagedConfigCommand } from './managed-config.ts';
import { addOpenCommand } from './open.ts';
import { addReportCommand } from './report.ts';
import { addSignInCommands } from './sign-in.ts';
import { addStatusCommand } from './status.ts';
import { addSyncCommand } from './sync.ts';

/**
 * The commands of the installed product, without the embedded hub, which is for evaluation and tests. One file per command. A command
 * imports what it needs only when it runs, so that `portcullis status` stays fast.
 *
 * @param root the folder with `package.json` and `out/`, in a checkout or a package.
 */
export function createProgram(root: string): Command {
  const program = new Command('portcullis')
    .description('Registry Access Management for the container engine on this machine')
    .version(manifest.version, '--version', 'print the version')
    .exitOverride()
    .showHelpAfterError();
  addStatusCommand(program);
  addExplainCommand(program);
  addSyncCommand(program);
  addSignInCommands(program);
  addOpenCommand(program);
  addReportCommand(program);
  addDoctorCommand(program);
  addCompletionCommand(program);
  addAgentCommand(program, root);
  addGatewayCommand(program);
  addManagedConfigCommand(program);
  return program;
}
