import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { formatSocketAddress, type SocketAddress } from '../platform/net/socket-address.ts';

/** Why an address could not be bound. @param errno such as `EADDRINUSE` */
export function bindProblem(address: SocketAddress, errno: string): ProblemError {
  const { port } = address;
  const text = formatSocketAddress(address);
  const details = { cause: errno };
  switch (errno) {
    case 'EADDRINUSE':
      return new ProblemError(problem('address-in-use', { address: text, port }, details));
    case 'EADDRNOTAVAIL':
      return new ProblemError(problem('address-unavailable', { address: text }, details));
    case 'EACCES':
    case 'EPERM':
      return new ProblemError(problem('address-forbidden', { address: text }, details));
    default:
      return new ProblemError(problem('address-failed', { address: text }, details));
  }
}
