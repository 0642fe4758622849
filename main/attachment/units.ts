import type { RunCommand } from '../platform/process/run-command.ts';
import { textOf } from '../platform/process/run-command.ts';

/** What systemd says of a unit. */
export interface UnitFacts {
  readonly id: string;
  /** Is there such a unit at all? */
  readonly loaded: boolean;
  readonly active: boolean;
  /** 0 where no process of it runs. */
  readonly mainPid: number;
  /** Its files have changed since systemd read them. */
  readonly needsReload: boolean;
  /** `/system.slice/docker.service`; empty where it does not run. */
  readonly controlGroup: string;
  readonly dropIns: readonly string[];
  /** In the order of their names in the file, the last of each wins. */
  readonly environment: Readonly<Record<string, string>>;
  /** The commands before its start, as systemd shows them. */
  readonly startPre: string;
  /** Does systemd's packet filter deny it all addresses but those that are allowed? */
  readonly deniesAddresses: boolean;
}

const PROPERTIES = [
  'Id',
  'LoadState',
  'ActiveState',
  'MainPID',
  'NeedDaemonReload',
  'ControlGroup',
  'DropInPaths',
  'Environment',
  'ExecStartPre',
  'IPAddressDeny',
];

/** Where systemd does not answer, no unit is loaded. */
export async function unitFacts(run: RunCommand, names: readonly string[]): Promise<UnitFacts[]> {
  if (names.length === 0) return [];
  const { code, stdout } = textOf(
    await run(['systemctl', 'show', '-p', PROPERTIES.join(','), '--', ...names], { timeout: 20_000 }),
  );
  return code === 0 ? parseUnits(stdout) : [];
}

/** The output of `systemctl show` for several units: blocks of `Name=value`, with an empty line between them. */
export function parseUnits(output: string): UnitFacts[] {
  return output
    .split(/\n\n+/)
    .map((block) => {
      const values = new Map<string, string>();
      for (const line of block.split('\n')) {
        const at = line.indexOf('=');
        if (at > 0)
          values.set(line.slice(0, at), [values.get(line.slice(0, at)), line.slice(at + 1)].filter(Boolean).join('\n'));
      }
      const value = (name: string): string => values.get(name) ?? '';
      return {
        id: value('Id'),
        loaded: value('LoadState') === 'loaded',
        active: ['active', 'activating', 'reloading', 'deactivating'].includes(value('ActiveState')),
        mainPid: Number(value('MainPID')) || 0,
        needsReload: value('NeedDaemonReload') === 'yes',
        controlGroup: value('ControlGroup'),
        dropIns: value('DropInPaths').split(' ').filter(Boolean),
        environment: parseEnvironment(value('Environment')),
        startPre: value('ExecStartPre'),
        deniesAddresses: value('IPAddressDeny').split(' ').includes('0.0.0.0/0'),
      };
    })
    .filter(({ id }) => id !== '');
}

/** `A=b "C=d e"`: entries with a blank are quoted. */
export function parseEnvironment(text: string): Record<string, string> {
  const entries: Record<string, string> = {};
  for (const [, quoted, bare] of text.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)) {
    const entry = quoted?.replaceAll(/\\(.)/g, '$1') ?? bare ?? '';
    const at = entry.indexOf('=');
    if (at > 0) entries[entry.slice(0, at)] = entry.slice(at + 1);
  }
  return entries;
}
