import { createSocket } from 'node:dgram';
import { createServer, isIP } from 'node:net';
import type { SocketAddress } from '../../platform/net/socket-address.ts';
import { bindProblem } from '../bind-problem.ts';

const MAX_ATTEMPTS = 20;

/**
 * Binds the address over UDP and TCP, not shared, once, and closes it again: sockets that share a port do not notice that another
 * program has it, and port 0 must become the same number for both and for every thread.
 * @throws ProblemError of `bindProblem`
 */
export async function pickAddress(address: SocketAddress): Promise<SocketAddress> {
  for (let attempt = 1; ; attempt += 1) {
    const ipv6Only = isIP(address.host) === 6;
    const udp = createSocket({ type: ipv6Only ? 'udp6' : 'udp4', ipv6Only });
    const tcp = createServer();
    try {
      await new Promise<void>((resolve, reject) => {
        udp.once('error', reject);
        udp.bind({ address: address.host, port: address.port, exclusive: true }, resolve);
      });
      const { port } = udp.address();
      await new Promise<void>((resolve, reject) => {
        tcp.once('error', reject);
        tcp.listen({ host: address.host, port, exclusive: true, ipv6Only }, resolve);
      });
      return { host: address.host, port };
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      // The port that UDP got may be taken for TCP.
      if (address.port !== 0 || code !== 'EADDRINUSE' || attempt >= MAX_ATTEMPTS) throw bindProblem(address, code);
    } finally {
      await new Promise<void>((resolve) => udp.close(resolve));
      await new Promise<void>((resolve) => (tcp.listening ? tcp.close(() => resolve()) : resolve()));
    }
  }
}
