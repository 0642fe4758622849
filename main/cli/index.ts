#!/usr/bin/env node
import { Command } from 'commander';
import { addExplainCommand } from './explain.ts';
import { addGatewayCommand } from './gateway-run.ts';
import { addHubCommand } from './hub.ts';
import { addManagedConfigCommand } from './managed-config.ts';
import { addOpenCommand } from './open.ts';
import { runCommand } from './run-command.ts';
import { addSignInCommands } from './sign-in.ts';
import { addStatusCommand } from './status.ts';
import { addSyncCommand } from './sync.ts';

// One file per command. A command imports what it runs only when it runs, so that `portcullis status` stays quick.
const program = new Command('portcullis')
  .description('Registry Access Management for the container engine on this machine')
  .exitOverride()
  .showHelpAfterError();

addStatusCommand(program);
addExplainCommand(program);
addSyncCommand(program);
addSignInCommands(program);
addOpenCommand(program);
addGatewayCommand(program);
addHubCommand(program);
addManagedConfigCommand(program);

process.exitCode = await runCommand(() => program.parseAsync());
