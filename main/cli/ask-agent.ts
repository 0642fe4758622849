import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { IpcClient } from '../../shared/schemas/ipc.ts';
import { connectToAgent } from '../agent/transport/agent-socket.ts';
import { agentSockets } from '../platform/fs/places.ts';
import { openPipe } from './open-pipe.ts';

/** An agent that hangs keeps its socket open. What is asked for itself may take as long as it needs. */
const ANSWER_MS = 5_000;

/**
 * Calls the agent of this user, or the demo's if that is not running.
 *
 * @throws ProblemError `agent-not-running`, `agent-silent`, and whatever the agent answers with.
 */
export async function askAgent<T>(ask: (client: IpcClient) => Promise<T>): Promise<T> {
  const { client, close } = await firstThatAnswers(agentSockets(process.env));
  try {
    await listens(client);
    return await ask(client);
  } finally {
    close();
  }
}

/** Any answer will do, an error too. @throws ProblemError `agent-silent` */
async function listens(client: IpcClient): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new ProblemError(problem('agent-silent', {}, { cause: `no answer within ${ANSWER_MS / 1000} s` })));
    }, ANSWER_MS);
  });
  const answer = client.call('snapshot.get', {}).catch(() => undefined);
  await Promise.race([answer, late]).finally(() => clearTimeout(timer));
}

async function firstThatAnswers(paths: string[]): ReturnType<typeof connectToAgent> {
  let failure: unknown;
  for (const path of paths) {
    try {
      return await connectToAgent(path, openPipe);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.problem.code !== 'agent-not-running') throw error;
      // Reports the user's own socket, not the demo's.
      failure ??= error;
    }
  }
  throw failure;
}
