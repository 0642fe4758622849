import { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { type CommandResult, type CommandText, type RunCommand, textOf } from '../../platform/process/run-command.ts';

/** Milliseconds; a keyring that takes longer does not answer keytar either, and that call could not be ended. */
const PATIENCE = 3_000;

const SERVICE = 'org.freedesktop.secrets';
const PATH = '/org/freedesktop/secrets';
const INTERFACE = 'org.freedesktop.Secret.Service';

const Answer = z.object({ data: z.tuple([z.array(z.string()), z.array(z.string())]) });

/**
 * Whether reading a secret would wait for somebody: it lies in a locked part of the keyring, so that the system would ask the user, or the
 * keyring does not answer. Searching asks nobody
 * (https://specifications.freedesktop.org/secret-service-spec/latest/org.freedesktop.Secret.Service.html), but keytar cannot do it.
 *
 * @returns false also where that is not known: keytar then finds out.
 */
export async function wouldWait(
  run: RunCommand,
  { service, account }: { service: string; account: string },
): Promise<boolean> {
  const busctl = await run(
    [
      ...['busctl', '--user', '--json=short', 'call', SERVICE, PATH, INTERFACE, 'SearchItems'],
      ...['a{ss}', '2', 'service', service, 'account', account],
    ],
    { timeout: PATIENCE },
  );
  if (!isAbsent(busctl)) return gaveNoAnswer(busctl) || isLockedByBusctl(textOf(busctl));
  const gdbus = await run(
    [
      ...['gdbus', 'call', '--session', `--dest=${SERVICE}`, `--object-path=${PATH}`],
      ...[`--method=${INTERFACE}.SearchItems`, `{'service': ${quoted(service)}, 'account': ${quoted(account)}}`],
    ],
    { timeout: PATIENCE },
  );
  return gaveNoAnswer(gdbus) || isLockedByGdbus(textOf(gdbus));
}

/** The program is not installed. */
function isAbsent(result: CommandResult): boolean {
  return result.kind === 'failed' && result.errno !== null;
}

function gaveNoAnswer(result: CommandResult): boolean {
  return result.kind === 'failed' && result.errno === null;
}

function isLockedByBusctl({ code, stdout }: CommandText): boolean {
  const answer = Answer.safeParse(code === 0 ? parseJson(stdout) : null);
  return answer.success && answer.data.data[0].length === 0 && answer.data.data[1].length > 0;
}

/** As GVariant text: (@ao [], [objectpath '/org/…']). */
function isLockedByGdbus({ code, stdout }: CommandText): boolean {
  return code === 0 && /^\(@ao \[\], \[.+\]\)/.test(stdout.trim());
}

/** As text of a GVariant. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
