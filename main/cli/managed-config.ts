import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { FileProblem } from '../../shared/schemas/managed-config.ts';
import type { CheckedFile } from '../managed-config/check.ts';
import { type DeploymentFormat, deploymentFormats } from '../managed-config/deployment.ts';

/** `portcullis managed-config`: for the administrator who rolls settings out. */
export function addManagedConfigCommand(program: Command): void {
  const group = program.command('managed-config').description('the files by which an administrator enforces sign-in');

  group
    .command('check')
    .description('judge files before they are rolled out, or the places of this machine (docs/admin-guide.md)')
    .argument('[files...]', 'the places of this machine where none is given')
    .option('--json', 'an array with file, verdict, allowedOrgs, keysFor and problems of each')
    .action(async (files: string[], options: { json?: true }) => {
      const checked = await checkFiles(files);
      process.stdout.write(options.json ? `${JSON.stringify(checked, null, 2)}\n` : checked.map(inWords).join(''));
      const bad = checked.filter(({ verdict }) => verdict === 'malformed' || verdict === 'unreadable');
      if (bad.length === 0) {
        if (!checked.some(({ problems }) => problems.some(({ code }) => code === 'no-policy-key'))) return;
        throw new ProblemError({
          code: 'managed-config-invalid',
          message: 'Each can be used, and together they refuse everything.',
          next: 'Mend what is named above and check again.',
        });
      }
      throw new ProblemError({
        code: 'managed-config-invalid',
        message: `${bad.length} of ${checked.length} cannot be used; a machine with such a file refuses all pulls.`,
        next: 'Mend what is named above and check again.',
      });
    });

  group
    .command('create')
    .description('write a file to roll out')
    .requiredOption('--org <name>', 'an organization whose members may sign in; can be given several times', collect)
    .addOption(new Option('--format <format>', 'of the file').choices(deploymentFormats).makeOptionMandatory())
    .option('--hub <url>', 'the address of your server', webAddress)
    .option('--pin', 'fetch the policy keys of the server, print their thumbprints and put them into the file')
    .option('--out <file>', 'where to write; - for standard output (default: the name the file has where it is read)')
    .option('--force', 'replace the file if there is one')
    .action(create);
}

interface CreateOptions {
  org: string[];
  format: DeploymentFormat;
  hub?: string;
  pin?: true;
  out?: string;
  force?: true;
}

/** @param files none: the places of this machine. */
export async function checkFiles(files: string[]): Promise<CheckedFile[]> {
  const { runCommand } = await import('../platform/process/run-command.ts');
  const { systemSources, systemRule } = await import('../managed-config/places.ts');
  const { checkFile, checkTogether, keysForIn } = await import('../managed-config/check.ts');
  if (files.length > 0) {
    const rule = systemRule(process.platform, runCommand);
    return checkTogether(await Promise.all(files.map((file) => checkFile(file, rule))), false);
  }
  const sources = await systemSources(process.platform, runCommand);
  const checked = await Promise.all(
    sources.map(async (source): Promise<CheckedFile> => {
      const { source: said, settings } = await source.read();
      const { file, verdict, allowedOrgs, problems } = said;
      const holdsSettings = source.says === 'settings' && verdict === 'present';
      return { file, verdict, allowedOrgs, keysFor: keysForIn(holdsSettings ? settings : null), problems };
    }),
  );
  return checkTogether(checked, true);
}

async function create({ org, format, hub, pin, out, force }: CreateOptions): Promise<void> {
  const { deploymentFile } = await import('../managed-config/deployment.ts');
  const say = (line: string) => process.stderr.write(`${line}\n`);
  const make = async (policyKeys: Awaited<ReturnType<typeof pinned>> | null) =>
    deploymentFile(format, { organizations: org, hub: hub ?? null, policyKeys }, randomUUID);

  const plain = await make(null);
  if (pin && !plain.holdsSettings) {
    throw new ProblemError({
      code: 'format-without-keys',
      message: `${plain.name} has no room for policy keys.`,
      next: 'Make a portcullis.json beside it: --format portcullis-json --pin.',
    });
  }
  const file = pin ? await make(await pinned(hub, org, say)) : plain;
  if (!pin && file.holdsSettings)
    say('No policy key is in this file: a managed machine refuses all pulls until one is pinned (--pin).');
  if (!file.holdsSettings)
    say(`${file.name} names organizations only: roll out a portcullis.json with server and keys as well.`);

  if (out === '-') {
    process.stdout.write(file.content);
    return;
  }
  const path = out ?? file.name;
  await writeFile(path, file.content, { flag: force ? 'w' : 'wx', mode: 0o644 }).catch((error: unknown) => {
    const cause = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new ProblemError({
      code: 'cannot-write',
      message: `${path} cannot be written.`,
      cause,
      next:
        cause === 'EEXIST' ? 'Name another with --out, or replace it with --force.' : 'Name another place with --out.',
    });
  });
  say(`Wrote ${path}. It counts where only administrators can write it:`);
  for (const place of file.places) say(`  ${place}`);
}

async function pinned(hub: string | undefined, organizations: string[], say: (line: string) => void) {
  if (hub === undefined) {
    throw new ProblemError({
      code: 'settings-missing',
      message: 'Keys are pinned from a server.',
      next: 'Give its address with --hub.',
    });
  }
  const { fetchPolicyKeys, thumbprintOf } = await import('../managed-config/policy-keys.ts');
  const policyKeys = await fetchPolicyKeys(globalThis.fetch, hub, organizations).catch((error: unknown) => {
    if (!(error instanceof ProblemError) || !/by itself/.test(error.problem.next ?? '')) throw error;
    // Nobody tries again but who has called.
    throw new ProblemError({ ...error.problem, next: 'Check the address and the network, then run this again.' });
  });
  say(`Pinned from ${hub}; compare the thumbprints (RFC 7638, SHA-256) with those of whoever runs the server:`);
  for (const key of policyKeys.keys) {
    say(`  ${await thumbprintOf(key)}  ${key.crv} key ${key.kid}, signs for ${key.organizations.join(', ')}`);
  }
  return policyKeys;
}

function inWords({ file, verdict, allowedOrgs, keysFor, problems }: CheckedFile): string {
  const organizations = allowedOrgs.length > 0 ? `, organizations: ${allowedOrgs.join(', ')}` : '';
  const keys = keysFor !== null && keysFor.length > 0 ? `, keys for: ${keysFor.join(', ')}` : '';
  return [
    `${file}: ${verdict}${organizations}${keys}`,
    ...problems.map((problem) => `  ${problemInWords(problem)}`),
    '',
  ].join('\n');
}

function problemInWords({ code, message, line, column }: FileProblem): string {
  const spot = line === undefined ? '' : `line ${line}${column === undefined ? '' : `, column ${column}`}: `;
  return `${spot}${message} [${code}]`;
}

function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function webAddress(value: string): string {
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return value;
  throw new InvalidArgumentError('It must be a web address, as in https://portcullis.example.com.');
}
