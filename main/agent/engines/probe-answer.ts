import { problem } from '../../../shared/problems/catalogue.ts';
import type { ProbeAnswer } from './engine.ts';

/** Is this error the network wall's doing? */
export type SaysWalled = (message: string) => boolean;

/**
 * What an engine's error says about the walls. It is one of Go's resolver and HTTP client; a proxy's refusal is the reason phrase alone
 * (seen with Docker Engine 20.10 and Podman 4.3).
 */
export function readEngineError(message: string, isWalled: SaysWalled): ProbeAnswer {
  const detail = message.slice(0, 1000);
  if (/\b(x509|tls): /.test(message)) return { kind: 'passed', detail };
  if (/\blookup \S+( on \S+)?: no such host/.test(message)) return { kind: 'denied', detail };
  if (isWalled(message)) return { kind: 'walled', detail };
  // Neither allowed nor denied: a server is away or failing.
  if (
    /\b(dial (tcp|udp)|proxyconnect tcp|read (tcp|udp)|write (tcp|udp)|server misbehaving|context deadline exceeded)\b/.test(
      message,
    )
  ) {
    return noAnswer(detail);
  }
  if (/(Client\.Timeout|i\/o timeout|(^|: )EOF\b|connection reset by peer)/.test(message)) return noAnswer(detail);
  return { kind: 'denied', detail };
}

export function noAnswer(cause: string): ProbeAnswer {
  return { kind: 'no-answer', problem: problem('probe-no-answer', {}, { cause }) };
}
