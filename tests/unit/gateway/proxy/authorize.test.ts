import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authorize, authorizeHello } from '../../../../main/gateway/proxy/authorize.ts';
import { ClientConnections } from '../../../../main/gateway/proxy/client-connections.ts';
import { OpenConnections } from '../../../../main/gateway/proxy/open-connections.ts';
import { PROXY_LIMITS, type ProxyContext, type ProxyCore } from '../../../../main/gateway/proxy/proxy-core.ts';
import { withTarget } from '../../../../main/platform/net/forbidden-target.ts';
import { decide } from '../../../../shared/decide.ts';
import type { Decision } from '../../../../shared/reasons.ts';
import { compilePolicy } from '../../../../shared/rule-set/compile.ts';

const ALLOWED: Decision = { allowed: true, reason: 'allowed-by-policy' };
const DENIED: Decision = { allowed: false, reason: 'not-in-policy' };
const RECORDED: Decision = { allowed: true, reason: 'audit-only', wouldDeny: true };

const ISSUED = { iss: 'https://hub.acme.example', org: 'acme', revision: 1, iat: 0, exp: 1 };

/** A proxy for which `a.example:443` is allowed, and everything else is as `otherwise` says. */
function proxyWith(otherwise: Decision = DENIED, context: Partial<ProxyContext> = {}) {
  const reported: string[] = [];
  const core: ProxyCore = {
    context: {
      decide: (host, port) => (host === 'a.example' && port === 443 ? ALLOWED : otherwise),
      denialSentence: (host) => `${host} is blocked.`,
      lookUp: async () => [],
      isKnownClient: () => true,
      noticeProbe: () => false,
      onAllowed: () => undefined,
      onDenied: (host, port, { reason }) => reported.push(`${host}:${port} ${reason}`),
      upstreamProxy: null,
      isOwnAddress: () => false,
      ownListeners: () => [{ host: '10.0.0.1', port: 3128 }],
      ...context,
    },
    limits: PROXY_LIMITS,
    pseudonym: 'portcullis-1',
    counters: { allowed: 0, denied: 0, malformed: 0 },
    connections: new OpenConnections(),
    clients: new ClientConnections({ perClient: 8, total: 8 }),
    requestsOf: new WeakMap(),
  };
  return { core, reported };
}

describe('a request', () => {
  it('for an allowed host may pass', () => {
    const { core, reported } = proxyWith();
    expect(authorize(core, { host: 'a.example', port: 443 }, '1.1 corp')).toBeNull();
    expect(reported).toEqual([]);
    expect(core.counters.denied).toBe(0);
  });

  it.each([
    ['b.example', 443, 'b.example is blocked.'],
    ['b.example', 80, 'b.example is blocked.'],
    ['a.example', 80, 'a.example:80 is blocked.'],
    ['b.example', 5000, 'b.example:5000 is blocked.'],
    ['2001:db8::1', 5000, '[2001:db8::1]:5000 is blocked.'],
  ])('for %s at port %s is denied, counted and reported', (host, port, phrase) => {
    const { core, reported } = proxyWith();
    expect(authorize(core, { host, port }, undefined)).toMatchObject({ status: 403, phrase });
    expect(core.counters.denied).toBe(1);
    expect(reported).toEqual([`${host}:${port} not-in-policy`]);
  });

  it('names no port where everything is blocked', () => {
    const { core } = proxyWith({ allowed: false, reason: 'policy-expired' });
    expect(authorize(core, { host: 'b.example', port: 5000 }, undefined)?.phrase).toBe('b.example is blocked.');
  });

  it('that is only recorded passes, is reported, and is not counted as denied', () => {
    const { core, reported } = proxyWith(RECORDED);
    expect(authorize(core, { host: 'b.example', port: 443 }, undefined)).toBeNull();
    expect(reported).toEqual(['b.example:443 audit-only']);
    expect(core.counters.denied).toBe(0);
  });

  it.each([
    ['localhost', 5000],
    ['x.localhost', 443],
    ['127.0.0.1', 443],
    ['10.0.0.1', 3128],
  ])('for %s:%s, which leads back to this machine, is denied whatever is allowed', (host, port) => {
    const { core } = proxyWith(ALLOWED);
    expect(authorize(core, { host, port }, undefined)).toMatchObject({ status: 403 });
    expect(core.counters.denied).toBe(1);
  });

  it('is told by explain as by the proxy, over any list and host', () => {
    const host = fc.oneof(
      fc.constantFrom('localhost', 'registry.localhost', 'a.b.localhost', 'localhost.example', 'gcr.io', 'a.example'),
      fc.ipV4(),
      fc.constantFrom(
        '127.0.0.1',
        '169.254.169.254',
        '::1',
        '::ffff:127.0.0.1',
        '10.0.0.1',
        '2001:db8::1',
        '192.168.1.1',
      ),
    );
    const port = fc.constantFrom(80, 443, 3128, 5000);
    fc.assert(
      fc.property(fc.array(fc.tuple(host, port), { maxLength: 5 }), host, port, (listed, asked, at) => {
        const registries = listed.map(([name, with_]) => ({
          address: `${name.includes(':') ? `[${name}]` : name}:${with_}`,
        }));
        const rules = compilePolicy({ ...ISSUED, enabled: true, mode: 'enforce', registries }, 1);
        const { core } = proxyWith(DENIED, { decide: (name, on) => decide(rules, 'engine', name, on) });
        const own = core.context.ownListeners();
        const explained = withTarget(decide(rules, 'engine', asked, at), asked, at, own);
        // Engines reach this one without the proxy.
        if (explained.reason === 'baseline') return;
        expect(explained.allowed).toBe(authorize(core, { host: asked, port: at }, undefined) === null);
      }),
      { numRuns: 1_000 },
    );
  });

  it('for a probe is denied before anything is decided', () => {
    const { core, reported } = proxyWith(ALLOWED, { noticeProbe: () => true });
    expect(authorize(core, { host: 'n.probe', port: 443 }, undefined)).toMatchObject({ status: 403 });
    expect(reported).toEqual([]);
  });

  it('that has been here is answered 508', () => {
    const { core } = proxyWith(ALLOWED);
    expect(authorize(core, { host: 'a.example', port: 443 }, '1.1 portcullis-1')).toMatchObject({ status: 508 });
  });
});

describe('the first words in a tunnel', () => {
  const hello = (serverName: string | null) => ({ kind: 'hello' as const, serverName });
  const tunnel = ({ core }: ReturnType<typeof proxyWith>, host = 'a.example') =>
    core.connections.add({ host, port: 443 }, () => undefined);

  it.each(['a.example', 'A.Example', 'a.example.'])('may name its host as %s', (name) => {
    const proxy = proxyWith();
    const connection = tunnel(proxy);
    expect(authorizeHello(proxy.core, hello(name), connection)).toBe(true);
    expect(connection.isFronted).toBe(false);
  });

  it.each([
    ['another host', hello('b.example'), ['b.example:443 not-in-policy']],
    ['no host', hello(null), []],
    ['nothing that can be read', { kind: 'malformed' as const }, []],
  ])('must not name %s under a policy', (_what, words, expected) => {
    const proxy = proxyWith();
    expect(authorizeHello(proxy.core, words, tunnel(proxy))).toBe(false);
    expect(proxy.core.counters.denied).toBe(1);
    expect(proxy.reported).toEqual(expected);
  });

  it('name no host where the tunnel leads to an address', () => {
    const proxy = proxyWith();
    expect(authorizeHello(proxy.core, hello(null), tunnel(proxy, '10.9.9.9'))).toBe(true);
    expect(authorizeHello(proxy.core, hello('10.9.9.9'), tunnel(proxy, '10.9.9.9'))).toBe(false);
  });

  it('may name another host where nothing is restricted, and the tunnel ends once something is', () => {
    const proxy = proxyWith({ allowed: true, reason: 'not-managed' });
    const closed: string[] = [];
    const { connections } = proxy.core;
    const fronted = connections.add({ host: 'a.example', port: 443 }, () => closed.push('fronted'));
    connections.add({ host: 'a.example', port: 443 }, () => closed.push('plain'));
    expect(authorizeHello(proxy.core, hello('b.example'), fronted)).toBe(true);
    expect(fronted.isFronted).toBe(true);
    connections.closeUnless((host) => host === 'a.example');
    expect(closed).toEqual(['fronted']);
    connections.closeUnless(() => false);
    expect(closed).toEqual(['fronted', 'fronted', 'plain']);
    connections.remove(fronted);
    expect(connections.size).toBe(1);
  });

  it('are reported where everything is only recorded', () => {
    const proxy = proxyWith(RECORDED);
    expect(authorizeHello(proxy.core, hello('b.example'), tunnel(proxy))).toBe(true);
    expect(proxy.reported).toEqual(['b.example:443 audit-only']);
  });
});
