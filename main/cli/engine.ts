import { type Command, Option } from 'commander';
import type { GuestKind } from '../attachment/guest-files.ts';
import type { TargetOptions } from './engine-actions.ts';
import type { AllowlistOptions, GuestOptions } from './guest-files.ts';

/** `portcullis engine`: how the engines of this machine are pointed at the gateway (main/attachment/). */
export function addEngineCommand(program: Command): void {
  const engine = program
    .command('engine')
    .description('attach the container engines of this machine to the gateway, check that they are, and undo it');

  engine
    .command('list')
    .description('show the container engines of this machine, and what holds each of them to the gateway')
    .option('--json', 'print as JSON (docs/attachment.md)')
    .action(async ({ json }: { json?: true }) => (await actions()).list(json === true));

  withTarget(engine.command('plan'))
    .description('show what attach would write, load and restart; changes nothing')
    .option('--json', 'print as JSON (docs/attachment.md)')
    .addHelpText('after', '\nExit code: 0 if attach would go ahead, 1 if it would refuse.')
    .action(async ({ json, ...target }: TargetOptions & { json?: true }) =>
      (await actions()).plan(target, json === true),
    );

  withTarget(engine.command('attach'))
    .description('let the engines of this machine reach nothing but the gateway; doing it again changes nothing')
    .option('--restart', 'restart the engines now: until then they can pull nothing')
    .addOption(
      new Option('--again', 'leave what is attached as it is, by the rules of this version').conflicts([
        ...['engine', 'gateway', 'containerDns', 'proxy', 'allow', 'machineDns'],
      ]),
    )
    .option('--json', 'print the plan as JSON instead of what is done')
    .action(
      async ({ json, restart, again, ...target }: TargetOptions & { json?: true; restart?: true; again?: true }) =>
        (await actions()).attachEngines(target, {
          ...{ json: json === true, restart: restart === true, again: again === true },
        }),
    );

  engine
    .command('audit')
    .description('check that the engines are still attached as they were')
    .option('--json', 'print as JSON (docs/attachment.md)')
    .addOption(new Option('--record', 'leave the result where the gateway reads it').hideHelp())
    .addHelpText('after', '\nExit code: 0 if all is as it was attached, 4 if something is not or nothing is attached.')
    .action(async ({ json, record }: { json?: true; record?: true }) =>
      record ? (await actions()).record() : (await actions()).audit(json === true),
    );

  engine
    .command('detach')
    .description('take everything away that attach has put on this machine')
    .option('--no-restart', 'leave engines running that still use the gateway as their proxy, until their next start')
    .action(async ({ restart }: { restart: boolean }) => (await actions()).detach(restart));

  const guests = engine
    .command('guest-files')
    .description(
      'write what provisions a virtual machine with the same guard; the gateway stays outside (docs/guests.md)',
    )
    .option('--lima', 'for Lima')
    .option('--colima', 'for Colima')
    .option('--wsl', 'for WSL 2')
    .option('--rancher', 'for Rancher Desktop')
    .option('--docker-desktop', 'for Docker Desktop: its admin-settings.json')
    .option('--host <address>', 'the IPv4 address at which the guest reaches this machine; by default the usual one')
    .option('--out <folder>', 'write files below this folder; by default they are printed')
    .option('--force', 'overwrite files that have other content')
    .option('--check-wslconfig <file>', 'check a .wslconfig instead: WSL ignores mistakes in it silently');
  guests.action(async ({ checkWslconfig, ...options }: GuestOptions & Kinds & { checkWslconfig?: string }) => {
    const { checkWslConfigFile, writeGuestFiles } = await import('./guest-files.ts');
    if (checkWslconfig !== undefined) return checkWslConfigFile(checkWslconfig);
    const kinds = KINDS.filter((kind) => options[kind === 'docker-desktop' ? 'dockerDesktop' : kind]);
    if (kinds.length === 0) guests.error('error: name a guest: --lima, --colima, --wsl, --rancher or --docker-desktop');
    return writeGuestFiles(kinds, options);
  });

  engine
    .command('wsl-allowlist')
    .description(
      "write the allowlist as the policy of Windows' own WSL containers, a file for reg.exe (docs/guests.md)",
    )
    .option('--registry <address...>', 'these registries; by default the list that is in force on this machine')
    .option('--out <file>', 'output file; - for standard output', 'portcullis-wsl.reg')
    .option('--force', 'overwrite an existing file')
    .action(async (options: AllowlistOptions) => (await import('./guest-files.ts')).writeWslAllowlist(options));
}

/** Those of `guestKinds`, which would load what only this command needs. */
const KINDS = ['lima', 'colima', 'wsl', 'rancher', 'docker-desktop'] as const satisfies GuestKind[];
type Kinds = Partial<Record<Exclude<GuestKind, 'docker-desktop'> | 'dockerDesktop', true>>;

/** Loaded when one of the commands is called. */
async function actions() {
  return import('./engine-actions.ts');
}

function withTarget(command: Command): Command {
  return command
    .option('--engine <name...>', 'only these: docker, containerd, podman, buildkit, docker-rootless')
    .option('--gateway <address...>', 'a gateway elsewhere, for engines: 10.0.0.1:53; by default that of this machine')
    .option('--container-dns <address...>', 'its addresses for containers: 10.0.0.3:53')
    .option('--proxy <address>', 'its proxy: 10.0.0.1:3128 (by default port 3128 of the first --gateway)')
    .option('--allow <address...>', 'what the engine may reach besides, such as a log server: 10.0.0.9:12201')
    .option('--machine-dns', 'filter the names that people and host-network containers ask for too');
}
