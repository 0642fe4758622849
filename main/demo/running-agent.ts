import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { connectToAgent } from '../agent/transport/agent-socket.ts';
import { openPipe } from '../cli/open-pipe.ts';
import type { TryIt } from './try-it.ts';

/**
 * Two demos in one folder would share the hub's port and its database.
 * @throws ProblemError `demo-running` where an agent answers at `socket`
 */
export async function refuseSecondDemo(socket: string, portcullis: string): Promise<void> {
  const connection = await connectToAgent(socket, openPipe).catch(() => null);
  if (connection === null) return;
  connection.close();
  throw new ProblemError(problem('demo-running', { portcullis }, { cause: `${socket} answers` }));
}

/** @returns where the panel is: opened in a browser if `open` and there is one, otherwise the address to open */
export async function openPanel(socket: string, open: boolean): Promise<TryIt['panel']> {
  const { client, close } = await connectToAgent(socket, openPipe);
  try {
    if (open) {
      const opened = await client.call('panel.open', { print: false }).then(
        () => true,
        () => false,
      );
      if (opened) return { kind: 'browser' };
    }
    const { url } = await client.call('panel.open', { print: true });
    return url === null ? { kind: 'browser' } : { kind: 'address', url };
  } finally {
    close();
  }
}
