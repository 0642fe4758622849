import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DnsStub, startDnsStub } from '../support/dns-stub.ts';
import { startGateway, type TestGateway } from '../support/gateway.ts';

describe('the gateway on a managed machine', () => {
  let upstream: DnsStub;
  let gateway: TestGateway;
  beforeAll(async () => {
    upstream = await startDnsStub({ 'registry.acme.example': '10.1.2.3', 'gcr.io': '10.9.9.9' });
    gateway = await startGateway({ upstreams: [upstream.address] });
  });
  afterAll(async () => {
    await gateway?.stop();
    await upstream?.close();
  });

  it('refuses every name before anyone has signed in, and says why', async () => {
    const status = await gateway.status();
    expect(status.inForce).toMatchObject({ kind: 'deny', reason: 'sign-in-required', organizations: ['acme'] });
    const answer = await gateway.query('registry.acme.example');
    expect(answer.rcode).toBe('NXDOMAIN');
    const refusal = await gateway.connect('registry.acme.example:443');
    expect(refusal.status).toBe(403);
    expect(refusal.phrase).toContain('signing in to acme is required');
    expect(upstream.asked).toEqual([]);
  });

  it('answers for what the policy allows, and for nothing else', async () => {
    const { generation } = await gateway.status();
    const programmed = await gateway.program({ registries: [{ address: 'registry.acme.example' }] });
    expect(programmed).toEqual({ generation: generation + 1, revision: 1, changed: true });
    const allowed = await gateway.query('registry.acme.example');
    expect(allowed.answers).toMatchObject([{ name: 'registry.acme.example', type: 'A', data: '10.1.2.3', ttl: 60 }]);
    const denied = await gateway.query('gcr.io');
    expect(denied.rcode).toBe('NXDOMAIN');
    expect(upstream.asked.map(({ name }) => name)).toEqual(['registry.acme.example']);
  });
});
