import { readFile } from 'node:fs/promises';
import { runCommand, runOrThrow } from '../../main/platform/process/run-command.ts';

/** What an independent YAML parser reads in the file. */
export async function readYaml(path: string): Promise<unknown> {
  const program = 'import json, sys, yaml; json.dump(yaml.safe_load(sys.stdin), sys.stdout)';
  const input = await readFile(path, 'utf8');
  return JSON.parse((await runOrThrow(runCommand, ['/usr/bin/python3', '-c', program], { input })).stdout);
}
