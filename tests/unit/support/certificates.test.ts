import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { createAuthority } from '../../../main/demo/outside/certificates.ts';

describe('the test authority', () => {
  it('issues certificates for the names and addresses asked for, signed by itself', () => {
    const ca = createAuthority();
    const { certificate } = ca.issue('registry.test', '*.cdn.test', '10.200.0.10');
    const parsed = new X509Certificate(certificate);
    expect(parsed.verify(new X509Certificate(ca.certificate).publicKey)).toBe(true);
    expect(parsed.checkIssued(new X509Certificate(ca.certificate))).toBe(true);
    expect(parsed.checkHost('registry.test')).toBe('registry.test');
    expect(parsed.checkHost('a.cdn.test')).toBe('*.cdn.test');
    expect(parsed.checkIP('10.200.0.10')).toBe('10.200.0.10');
    expect(parsed.checkHost('other.test')).toBeUndefined();
  });

  it('is accepted by a TLS client that trusts it, and by no other', async () => {
    const ca = createAuthority();
    const { certificate, key } = ca.issue('registry.test');
    const server = createServer({ cert: certificate, key }, (socket) => socket.end()).listen(0, '127.0.0.1');
    server.on('tlsClientError', () => undefined);
    try {
      await once(server, 'listening');
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      const trusting = connect({ port, host: '127.0.0.1', servername: 'registry.test', ca: ca.certificate });
      await once(trusting, 'secureConnect');
      expect(trusting.authorized).toBe(true);
      trusting.destroy();
      const stranger = connect({ port, host: '127.0.0.1', servername: 'registry.test' });
      await expect(once(stranger, 'secureConnect')).rejects.toThrow();
    } finally {
      server.close();
    }
  });
});
