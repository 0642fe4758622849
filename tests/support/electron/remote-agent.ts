import { once } from 'node:events';
import { connect } from 'node:net';
import { readLines } from '../../../main/platform/net/lines.ts';
import type { SupervisedAgent } from '../../../main/shell/agent-supervisor.ts';
import { createClient, type HandlersFor } from '../../../shared/schemas/ipc.ts';
import { type CallName, ipcCalls, MAX_MESSAGE_BYTES } from '../../../shared/schemas/ipc-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';

/**
 * An agent of another process, at its socket, as if it were in this one: so that a test can play the agent of a real Electron.
 *
 * @param onGone it hung up.
 */
export async function remoteAgent(path: string, onGone: () => void): Promise<SupervisedAgent> {
  const socket = connect(path);
  await once(socket, 'connect');
  const client = createClient((message) => socket.write(`${JSON.stringify(message)}\n`));
  const first = Promise.withResolvers<Snapshot>();
  let current: Snapshot | null = null;
  client.on('snapshot', (snapshot) => {
    current = snapshot;
    first.resolve(snapshot);
  });
  readLines(
    socket,
    MAX_MESSAGE_BYTES,
    (line) => client.receive(parseJson(line)),
    () => socket.destroy(),
  );
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    const gone = { code: 'agent-gone', message: 'The agent hung up.' };
    client.fail(gone);
    first.reject(new Error(gone.message));
    onGone();
  });
  const begun = await first.promise;
  const call =
    (name: CallName) =>
    (args: never): Promise<unknown> =>
      client.call(name, args);
  const names = Object.keys(ipcCalls) as CallName[];
  return {
    snapshot: () => current ?? begun,
    onSnapshot: (listener) => client.on('snapshot', listener),
    // Only the agent's own process is told of single denials.
    onDenial: () => () => undefined,
    onRequestNews: () => () => undefined,
    handlers: Object.fromEntries(names.map((name) => [name, call(name)])) as HandlersFor<'any'>,
    lookAgain: () => undefined,
    stop: async () => {
      socket.destroy();
    },
  };
}
