import { ProblemError } from '../../shared/problems/problem.ts';
import type { IpcClient } from '../../shared/schemas/ipc.ts';
import { connectToAgent } from '../agent/transport/agent-socket.ts';
import { agentSockets } from '../platform/fs/places.ts';

/**
 * Calls the agent of this user, or the demo's if that is not running.
 *
 * @throws ProblemError `agent-not-running`, and whatever the agent answers with.
 */
export async function askAgent<T>(ask: (client: IpcClient) => Promise<T>): Promise<T> {
  const { client, close } = await firstThatAnswers(agentSockets(process.env));
  try {
    return await ask(client);
  } finally {
    close();
  }
}

async function firstThatAnswers(paths: string[]): ReturnType<typeof connectToAgent> {
  let failure: unknown;
  for (const path of paths) {
    try {
      return await connectToAgent(path);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'agent-not-running') throw error;
      // Reports the user's own socket, not the demo's.
      failure ??= error;
    }
  }
  throw failure;
}
