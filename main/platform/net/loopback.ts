/**
 * Plain HTTP that stays on this machine, where nobody on a network can read or change it (RFC 8252 section 8.3). Keys and tokens go
 * over TLS everywhere else.
 */
export function isPlainLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
}
