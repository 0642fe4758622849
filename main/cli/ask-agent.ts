import { ProblemError } from '../../shared/problems/problem.ts';
import type { IpcClient } from '../../shared/schemas/ipc.ts';
import { connectToAgent } from '../agent/transport/agent-socket.ts';
import { agentSockets } from '../platform/fs/places.ts';

/**
 * Asks the agent of this user, or the demo's where there is none.
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
      // The user's own place is the one to be told of.
      failure ??= error;
    }
  }
  throw failure;
}
