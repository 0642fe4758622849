import { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import { type RunCommand, textOf } from '../../platform/process/run-command.ts';

/** Milliseconds; a keyring that takes longer does not answer the next question either. */
const PATIENCE = 3_000;

const SERVICE = 'org.freedesktop.secrets';
const PATH = '/org/freedesktop/secrets';
const INTERFACE = 'org.freedesktop.Secret.Service';

const Answer = z.object({ data: z.tuple([z.array(z.string()), z.array(z.string())]) });

/**
 * Whether a secret lies in a locked part of the keyring, so that reading it would make the system ask the user. Searching asks nobody
 * (https://specifications.freedesktop.org/secret-service-spec/latest/org.freedesktop.Secret.Service.html), but keytar cannot do it.
 *
 * @returns false also where that is not known: keytar then finds out.
 */
export async function isLockedSecret(
  run: RunCommand,
  { service, account }: { service: string; account: string },
): Promise<boolean> {
  const busctl = textOf(
    await run(
      [
        ...['busctl', '--user', '--json=short', 'call', SERVICE, PATH, INTERFACE, 'SearchItems'],
        ...['a{ss}', '2', 'service', service, 'account', account],
      ],
      { timeout: PATIENCE },
    ),
  );
  if (busctl.code === 0) {
    const answer = Answer.safeParse(parseJson(busctl.stdout));
    return answer.success && answer.data.data[0].length === 0 && answer.data.data[1].length > 0;
  }
  const gdbus = textOf(
    await run(
      [
        ...['gdbus', 'call', '--session', `--dest=${SERVICE}`, `--object-path=${PATH}`],
        ...[`--method=${INTERFACE}.SearchItems`, `{'service': ${quoted(service)}, 'account': ${quoted(account)}}`],
      ],
      { timeout: PATIENCE },
    ),
  );
  // As GVariant text: (@ao [], [objectpath '/org/…']).
  return gdbus.code === 0 && /^\(@ao \[\], \[.+\]\)/.test(gdbus.stdout.trim());
}

/** As text of a GVariant. */
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/g, '\\$&')}'`;
}
