import type { HandlersFor } from '../../../shared/schemas/ipc.ts';
import type { EventMessage } from '../../../shared/schemas/ipc-schema.ts';
import type { Agent } from '../agent.ts';

/** What a transport needs of the agent: for a page without the owner's calls, for the command line with them. */
export interface AgentHandle<A extends 'any' | 'owner'> extends Pick<Agent, 'snapshot' | 'onSnapshot'> {
  handlers: HandlersFor<A>;
}

/**
 * Sends a peer the snapshot now and after each change, numbered from 0 without gaps.
 *
 * @returns the function that ends it.
 */
export function sendEvents(
  agent: Pick<Agent, 'snapshot' | 'onSnapshot'>,
  send: (message: EventMessage) => void,
): () => void {
  let seq = 0;
  const emit = (event: string, data: unknown): void => {
    send({ seq, event, data });
    seq += 1;
  };
  emit('snapshot', agent.snapshot());
  return agent.onSnapshot((snapshot) => emit('snapshot', snapshot));
}
