import { join } from 'node:path';
import type { Command } from 'commander';
import { addOperatorCommands } from './hub-operator.ts';

/** `portcullis hub run` and what root does with a hub (docs/hub-api.md), beside the commands for owners, which are in every installation. */
export function addHubRunCommand(program: Command): void {
  const hub = program.commands.find((command) => command.name() === 'hub');
  if (hub !== undefined) addOperatorCommands(hub, join(import.meta.dirname, '..', '..', 'out', 'dashboard'));
}
