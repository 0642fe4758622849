import { describe, expect, it } from 'vitest';
import {
  createDockerEngine,
  readProbeAnswer,
  socketProblem,
  wallsOf,
} from '../../../../main/agent/engines/docker-engine.ts';
import { DIRECT_PROBE_SUFFIX } from '../../../../shared/probe-names.ts';

const url = 'Get "https://n0.probe.portcullis.internal/v2/"';

describe('what an engine says about a name that must be refused', () => {
  it.each<[string, number, string, 'denied' | 'passed' | 'no-answer']>([
    ['NXDOMAIN', 500, `${url}: dial tcp: lookup n0.probe.portcullis.internal on 10.200.0.1:53: no such host`, 'denied'],
    ['the sentence of a proxy', 500, `${url}: Access is restricted by acme. Ask it to add the registry.`, 'denied'],
    ['an image that is not there', 404, 'manifest unknown', 'passed'],
    ['an image that is there', 200, '', 'passed'],
    ['a registry that wants a password', 401, 'unauthorized', 'passed'],
    ['a server with a foreign certificate', 500, `${url}: x509: certificate signed by unknown authority`, 'passed'],
    ['a server that fails in TLS', 500, `${url}: remote error: tls: internal error`, 'passed'],
    [
      'no proxy at the proxy address',
      500,
      `${url}: proxyconnect tcp: dial tcp 10.200.0.1:3128: connect: connection refused`,
      'no-answer',
    ],
    [
      'no name server at its address',
      500,
      `${url}: dial tcp: lookup n0 on 10.200.0.1:53: read udp 10.200.0.2:48532->10.200.0.1:53: i/o timeout`,
      'no-answer',
    ],
    [
      'a name server that cannot tell',
      500,
      `${url}: dial tcp: lookup n0 on 10.200.0.1:53: server misbehaving`,
      'no-answer',
    ],
    ['a connection that was cut', 500, `${url}: EOF`, 'no-answer'],
  ])('%s', (_, status, message, kind) => {
    expect(readProbeAnswer(status, message).kind).toBe(kind);
  });
});

describe('the walls that an engine uses', () => {
  const proxy = 'http://10.200.0.1:3128';

  it('are both where its NO_PROXY names the direct probe', () => {
    const walls = wallsOf({ HttpsProxy: proxy, NoProxy: `localhost, .${DIRECT_PROBE_SUFFIX}` });
    expect(walls).toEqual({ dns: { inUse: true }, proxy: { inUse: true, via: 'http://10.200.0.1:3128' } });
  });

  it('are the proxy alone where it does not, since DNS cannot be checked', () => {
    const walls = wallsOf({ HttpsProxy: proxy, NoProxy: '' });
    expect(walls).toMatchObject({ dns: { inUse: false }, proxy: { inUse: true } });
  });

  it('are DNS alone without a proxy', () => {
    expect(wallsOf({ HttpsProxy: '', NoProxy: '' })).toMatchObject({ dns: { inUse: true }, proxy: { inUse: false } });
  });
});

describe('an engine that cannot be asked', () => {
  const engine = { kind: 'linux', name: 'Docker Engine', socket: 'unix:///var/run/docker.sock' } as const;

  it('does not run where nobody is at its socket', async () => {
    const { inspect } = createDockerEngine({ ...engine, socket: 'unix:///nonexistent/docker.sock' });
    expect(await inspect(AbortSignal.timeout(30_000))).toEqual({ kind: 'stopped', problem: null });
  });

  it('may well run where its socket does not let this user in', () => {
    expect(socketProblem('connect EACCES /var/run/docker.sock', engine)).toMatchObject({ code: 'engine-forbidden' });
    expect(socketProblem('connect ENOENT /var/run/docker.sock', engine)).toBeNull();
    expect(socketProblem('connect ECONNREFUSED /var/run/docker.sock', engine)).toBeNull();
  });
});
