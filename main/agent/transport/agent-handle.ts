import type { HandlersFor } from '../../../shared/schemas/ipc.ts';
import type { EventMessage } from '../../../shared/schemas/ipc-schema.ts';
import type { Agent } from '../agent.ts';

/** What a transport needs of the agent: for a page without the owner's calls, for the command line with them. */
export interface AgentHandle<A extends 'any' | 'owner'> extends Pick<Agent, 'snapshot' | 'onSnapshot' | 'onDenial'> {
  handlers: HandlersFor<A>;
}

/**
 * Sends a peer its snapshot now and every event from now on, numbered from 0 without gaps.
 *
 * @returns the function that ends it.
 */
export function sendEvents(
  agent: Pick<Agent, 'snapshot' | 'onSnapshot' | 'onDenial'>,
  send: (message: EventMessage) => void,
): () => void {
  let seq = 0;
  const emit = (event: string, data: unknown): void => {
    send({ seq, event, data });
    seq += 1;
  };
  emit('snapshot', agent.snapshot());
  const ends = [
    agent.onSnapshot((snapshot) => emit('snapshot', snapshot)),
    agent.onDenial((denial) => emit('denial', denial)),
  ];
  return () => {
    for (const end of ends) end();
  };
}
