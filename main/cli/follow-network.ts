import { problemText } from '../../shared/problems/problem-line.ts';
import { followSystemNetwork } from '../platform/net/outbound.ts';
import { printable } from './print.ts';

/** Before a command asks a server: it reaches the network as the agent does. What is wrong with that is said, and no reason to stop. */
export async function followNetwork(): Promise<void> {
  const wrong = await followSystemNetwork(process.env);
  if (wrong !== null) process.stderr.write(`portcullis: ${printable(problemText(wrong))}\n`);
}
