import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PolicyKeys } from '../../shared/policy/keys.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { fileProblemText } from '../../shared/problems/problem-line.ts';
import type { PortcullisSettings } from '../../shared/schemas/managed-config.ts';
import type { CheckedFile } from '../managed-config/check.ts';
import { type DeploymentFormat, deploymentFormats } from '../managed-config/deployment.ts';
import { printJson, printLine } from './print.ts';
import { sayIfSlow } from './say-if-slow.ts';

/** `portcullis managed-config`: for the administrator who rolls settings out. */
export function addManagedConfigCommand(program: Command): void {
  const group = program.command('managed-config').description('create and check the files that enforce sign-in');

  group
    .command('check')
    .description('check files before rolling them out, or the configuration of this machine (docs/admin-guide.md)')
    .argument('[files...]', 'default: the locations that this machine reads')
    .option('--json', 'print an array with file, verdict, allowedOrgs, keysFor and problems of each')
    .action(async (files: string[], options: { json?: true }) => {
      const checked = await checkFiles(files);
      if (options.json) printJson(checked);
      else for (const line of checked.map(checkedFileText).join('').trimEnd().split('\n')) printLine(line);
      // A location without a file is fine; a file that somebody names is meant to exist.
      const isMissing = ({ problems }: CheckedFile) => problems.some(({ code }) => code === 'no-such-file');
      const isInvalid = ({ verdict }: CheckedFile) => verdict === 'malformed' || verdict === 'unreadable';
      const invalid = checked.filter((file) => isInvalid(file) || isMissing(file)).length;
      if (invalid > 0) throw new ProblemError(problem('managed-config-invalid', { invalid, total: checked.length }));
      if (checked.some(({ problems }) => problems.some(({ code }) => code === 'organization-without-key'))) {
        throw new ProblemError(problem('managed-config-blocks-all'));
      }
    });

  group
    .command('create')
    .description('create a file to roll out')
    .requiredOption('--org <name>', 'an organization whose members may sign in; can be repeated', collect)
    .addOption(new Option('--format <format>', 'format of the file').choices(deploymentFormats).makeOptionMandatory())
    .option('--hub <url>', 'URL of your server', webUrl)
    .option('--pin', 'fetch the policy keys from the server, print their thumbprints and pin them in the file')
    .option('--keys-file <file>', 'pin the policy keys in this file instead: a JWKS as the server publishes it')
    .option('--settings <file>', 'file with further settings, written like portcullis.json; options take precedence')
    .option('--issuer <url>', 'OpenID provider, where it is not your server', webUrl)
    .option('--client-id <id>', 'ID of our client there')
    .option('--support-contact <whom>', 'whom people ask where the policy names nobody')
    .option('--out <file>', 'output file; - for standard output (default: the name that the file must have)')
    .option('--force', 'overwrite an existing file')
    .action(create);
}

interface CreateOptions {
  org: string[];
  format: DeploymentFormat;
  hub?: string;
  pin?: true;
  keysFile?: string;
  settings?: string;
  issuer?: string;
  clientId?: string;
  supportContact?: string;
  out?: string;
  force?: true;
}

/** @param files none: the locations that this machine reads. */
export async function checkFiles(files: string[]): Promise<CheckedFile[]> {
  const { runCommand } = await import('../platform/process/run-command.ts');
  const { systemSources, systemRule } = await import('../managed-config/locations.ts');
  const { checkFile, checkTogether, keysForIn } = await import('../managed-config/check.ts');
  if (files.length > 0) {
    const rule = systemRule(process.platform, runCommand);
    return checkTogether(await Promise.all(files.map((file) => checkFile(file, rule))), false);
  }
  const sources = await systemSources(process.platform, runCommand);
  const checked = await Promise.all(
    sources.map(async (source): Promise<CheckedFile> => {
      const { source: state, settings } = await source.read();
      const { file, verdict, allowedOrgs, problems } = state;
      const holdsSettings = source.provides === 'settings' && verdict === 'present';
      return { file, verdict, allowedOrgs, keysFor: keysForIn(holdsSettings ? settings : null), problems };
    }),
  );
  return checkTogether(checked, true);
}

async function create({ org, format, pin, keysFile, settings, out, force, ...given }: CreateOptions): Promise<void> {
  const { deploymentFile } = await import('../managed-config/deployment.ts');
  const { parserFor } = await import('../managed-config/check.ts');
  const printNote = (line: string) => process.stderr.write(`${line}\n`);
  const wanted: PortcullisSettings = { ...(settings === undefined ? {} : await settingsIn(settings)), ...given };
  const build = (policyKeys: PolicyKeys | null) =>
    deploymentFile(format, { ...wanted, hub: wanted.hub ?? null, organizations: org, policyKeys }, randomUUID);

  const known = keysFile === undefined ? (wanted.policyKeys ?? null) : await keysIn(keysFile, org);
  const plain = build(known);
  if ((pin || keysFile !== undefined) && !plain.holdsSettings) {
    throw new ProblemError(problem('format-without-keys', { file: plain.name }));
  }
  const file = pin && keysFile === undefined ? build(await fetchKeys(wanted.hub, org, printNote)) : plain;
  if (!pin && known === null && file.holdsSettings)
    printNote(
      `This file pins no policy key: a managed machine blocks all pulls until one is pinned (${wanted.hub === undefined ? '--keys-file' : '--pin'}).`,
    );
  // As a machine will read it: what it would block everything for is not written at all.
  const read = parserFor(file.name)(file.content);
  const [fault] = read.problems;
  if (read.verdict !== 'present' && fault !== undefined) throw new ProblemError(fault);
  for (const warning of read.problems) printNote(`warning: ${fileProblemText(warning)}`);
  if (!file.holdsSettings)
    printNote(`${file.name} only names organizations: also roll out a portcullis.json with the server and its keys.`);

  if (out === '-') {
    process.stdout.write(file.content);
    return;
  }
  const path = resolve(out ?? file.name);
  const { writeReadableFile } = await import('../managed-config/write-deployment.ts');
  await writeReadableFile(path, file.content, force === true);
  printNote(`Wrote ${path}. Deploy it where only administrators can change it:`);
  for (const place of file.places) printNote(`  ${place}`);
}

async function settingsIn(file: string): Promise<PortcullisSettings> {
  const { readSettingsFile } = await import('../managed-config/settings-file.ts');
  return readSettingsFile(file);
}

async function keysIn(file: string, organizations: string[]): Promise<PolicyKeys> {
  const { readPolicyKeys } = await import('../managed-config/policy-keys.ts');
  return readPolicyKeys(file, organizations);
}

async function fetchKeys(hub: string | undefined, organizations: string[], printNote: (line: string) => void) {
  if (hub === undefined) throw new ProblemError(problem('settings-missing'));
  const { fetchPolicyKeys, thumbprintOf } = await import('../managed-config/policy-keys.ts');
  const { followNetwork } = await import('./follow-network.ts');
  await followNetwork();
  const policyKeys = await sayIfSlow(
    `Fetching the policy keys from ${hub}.`,
    fetchPolicyKeys(globalThis.fetch, hub, organizations),
  );
  printNote(
    `Pinned the keys of ${hub}. Compare these thumbprints (RFC 7638, SHA-256) with those of the server's administrator:`,
  );
  for (const key of policyKeys.keys) {
    printNote(`  ${await thumbprintOf(key)}  ${key.crv} key ${key.kid}, signs for ${key.organizations.join(', ')}`);
  }
  return policyKeys;
}

function checkedFileText({ file, verdict, allowedOrgs, keysFor, problems }: CheckedFile): string {
  const organizations = allowedOrgs.length > 0 ? `, organizations: ${allowedOrgs.join(', ')}` : '';
  const keys = keysFor !== null && keysFor.length > 0 ? `, keys for: ${keysFor.join(', ')}` : '';
  return [
    `${file}: ${verdict}${organizations}${keys}`,
    ...problems.map((found) => `  ${fileProblemText(found)}`),
    '',
  ].join('\n');
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function webUrl(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return value;
  throw new InvalidArgumentError('It must be a URL, as in https://portcullis.example.com.');
}
