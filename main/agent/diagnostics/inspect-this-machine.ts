import { access, readFile } from 'node:fs/promises';
import { homedir, release } from 'node:os';
import type { EngineState } from '../../../shared/state/inputs.ts';
import { findCommand } from '../../platform/process/find-command.ts';
import { runCommand } from '../../platform/process/run-command.ts';
import { type MachineFacts, machineFacts } from './machine/machine-facts.ts';

/** The real machine, for the caveats. */
export function inspectThisMachine(engine: EngineState, isListed: (host: string) => boolean): Promise<MachineFacts> {
  return machineFacts({
    platform: process.platform,
    release: release(),
    env: process.env,
    home: homedir(),
    engine,
    findCommand: (name) => findCommand(name, process.env.PATH),
    runCommand,
    readText: (path) => readFile(path, 'utf8'),
    exists: (path, mode) =>
      access(path, mode).then(
        () => true,
        () => false,
      ),
    isListed,
  });
}
