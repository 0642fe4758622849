import { once } from 'node:events';
import { lstat } from 'node:fs/promises';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';

/**
 * Connects to the gateway's control socket. Whoever listens there is believed when it says what is in force, so it has to
 * be root or the user that we are ourselves: another user could have put a socket of their own at its place.
 *
 * @param uid the user that we are; undefined where there are none (Windows, whose pipes have owners of their own).
 * @throws Error with the cause.
 */
export async function connectToControl(path: string, uid: number | undefined): Promise<Duplex> {
  if (uid !== undefined) {
    const owner = (await lstat(path)).uid;
    if (owner !== 0 && owner !== uid) throw new Error(`${path} belongs to user ${owner}, neither to root nor to you`);
  }
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}
