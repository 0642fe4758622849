import { once } from 'node:events';
import { connect } from 'node:net';
import { readLines } from '../../../main/platform/net/lines.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { createClient, type IpcClient } from '../../../shared/schemas/ipc.ts';
import { MAX_MESSAGE_BYTES } from '../../../shared/schemas/ipc-schema.ts';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import type { InstalledMachine } from './installed-machine.ts';

/** The agent in the tray that runs there, as the command line speaks to it; that itself would not trust a socket of another user. */
export async function agentOf(machine: InstalledMachine): Promise<IpcClient & AsyncDisposable> {
  const socket = connect(machine.path(`/run/user/${machine.user.uid}/portcullis/agent.sock`));
  await once(socket, 'connect');
  const client = createClient((message) => socket.write(`${JSON.stringify(message)}\n`));
  // An agent that ends at this moment answers no call.
  socket.on('error', () => undefined).on('close', () => client.fail(problem('agent-gone')));
  readLines(
    socket,
    MAX_MESSAGE_BYTES,
    (line) => client.receive(parseJson(line)),
    () => socket.destroy(),
  );
  return Object.assign(client, { [Symbol.asyncDispose]: async () => void socket.destroy() });
}

/** What it shows; null while no agent answers. */
export async function snapshotOf(machine: InstalledMachine): Promise<Snapshot | null> {
  try {
    await using agent = await agentOf(machine);
    return await agent.call('snapshot.get', {});
  } catch {
    return null;
  }
}
