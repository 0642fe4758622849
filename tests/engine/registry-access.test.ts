import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type CommandText, runCommand, textOf } from '../../main/platform/process/run-command.ts';
import { DIRECT_PROBE_SUFFIX, PROBE_SUFFIX } from '../../shared/probe-names.ts';
import type { ControlEventData } from '../../shared/schemas/control-schema.ts';
import { waitFor } from '../support/background-process.ts';
import { type DockerOptions, programWithBuildKit } from '../support/docker-cli.ts';
import { importImage } from '../support/image.ts';
import { startRedirectingRegistry } from '../support/redirecting-registry.ts';
import { startStallingRelay } from '../support/stalling-relay.ts';
import { type GuardedEngine, startGuardedEngine } from './guarded-engine.ts';
import { ALLOWED, OTHER, REDIRECTING, REFUSAL, UNKNOWN_IMAGE } from './scene.ts';

let guarded: GuardedEngine;
beforeAll(async () => {
  guarded = await startGuardedEngine();
});
afterAll(() => guarded?.[Symbol.asyncDispose]());

/** Requests at the other registry before the test: it must see no more. */
let before = 0;
beforeEach(async () => {
  await guarded.allow(ALLOWED);
  before = guarded.registries.other.requests().length;
});
function seenByOther(): string[] {
  return guarded.registries.other.requests().slice(before);
}

async function expectBlocked(args: string[], options?: DockerOptions): Promise<void> {
  const refused = await guarded.docker.run(args, options);
  expect(refused).toMatchObject({ code: 1 });
  expect(refused.stdout + refused.stderr).toContain(REFUSAL);
  expect(seenByOther()).toEqual([]);
}

async function forget(image: string): Promise<void> {
  await guarded.docker.run(['rmi', '--force', image]);
}

describe('an allowed registry', () => {
  it('can be pulled from, and a container of the image starts', async () => {
    await guarded.docker.ok('pull', `${ALLOWED}/app:1`);
    const said = await guarded.docker.ok(
      'run',
      '--rm',
      '--network',
      'none',
      `${ALLOWED}/app:1`,
      'cat',
      '/etc/hostname',
    );
    expect(said).not.toBe('');
  });

  it('can be pushed to and logged in to', async () => {
    await guarded.docker.ok('tag', 'app:1', `${ALLOWED}/mine:1`);
    await guarded.docker.ok('push', `${ALLOWED}/mine:1`);
    expect(guarded.registries.allowed.requests()).toContain('/v2/mine/manifests/1');
    const login = await guarded.docker.run(['login', '--username', 'mia', '--password-stdin', ALLOWED], { input: 'x' });
    expect(login).toMatchObject({ code: 0 });
  });

  it('can be added from, with and without BuildKit', async () => {
    const input = `FROM scratch\nADD https://${ALLOWED}/v2/ /file\n`;
    const program = await programWithBuildKit(guarded.docker);
    if (program === null) throw new Error('no docker command of this machine has BuildKit');
    for (const [DOCKER_BUILDKIT, client] of [
      ['0', 'docker'],
      ['1', program],
    ] as const) {
      const build = await guarded.docker.run(['build', '-'], { input, env: { DOCKER_BUILDKIT }, program: client });
      expect(build).toMatchObject({ code: 0 });
    }
  });

  it('can be built from', async () => {
    const build = await guarded.docker.run(['build', '--network', 'none', '--tag', 'built:1', '-'], {
      input: `FROM ${ALLOWED}/app:1\nRUN ["cat", "/etc/hostname"]\n`,
      env: { DOCKER_BUILDKIT: '0' },
    });
    expect(build).toMatchObject({ code: 0 });
  });
});

describe("a registry on the engine's own loopback", () => {
  it.each(['localhost', '127.0.0.1'])(
    'is dialled as %s without asking the filter, which reports it as allowed',
    async (host) => {
      // Nothing listens there; the engine's error shows that it tried. (Engine 20.10 accepts no IPv6 address in a name.)
      const { stderr } = await guarded.docker.run(['pull', `${host}:5999/app:1`]);
      expect(stderr).toMatch(/dial tcp \S+:5999: connect: connection refused/);
      const question = { host, view: 'engine', port: 5999 } as const;
      expect(await guarded.gateway.control.call('explain', question)).toMatchObject({
        allowed: true,
        reason: 'baseline',
      });
    },
  );
});

describe('a registry that is not allowed is blocked, naming it, the organization and the contact', () => {
  it('on docker pull', async () => {
    await expectBlocked(['pull', `${OTHER}/app:1`]);
  });

  it('on docker run', async () => {
    const refused = await guarded.docker.run(['run', '--rm', `${OTHER}/app:1`]);
    expect(refused).toMatchObject({ code: 125, stderr: expect.stringContaining(REFUSAL) });
  });

  it('on docker push', async () => {
    await guarded.docker.ok('tag', 'app:1', `${OTHER}/mine:1`);
    await expectBlocked(['push', `${OTHER}/mine:1`]);
    await forget(`${OTHER}/mine:1`);
  });

  it('on docker login', async () => {
    await expectBlocked(['login', '--username', 'mia', '--password-stdin', OTHER], { input: 'secret' });
  });

  it.each([
    ['builds from an image', `FROM ${OTHER}/app:1\n`],
    ['adds a file', `FROM scratch\nADD https://${OTHER}/v2/ /file\n`],
  ])('on a docker build that %s from there, with and without BuildKit', async (_, input) => {
    await expectBlocked(['build', '-'], { input, env: { DOCKER_BUILDKIT: '0' } });
    const program = await programWithBuildKit(guarded.docker);
    if (program === null) throw new Error('no docker command of this machine has BuildKit');
    await expectBlocked(['build', '-'], { input, env: { DOCKER_BUILDKIT: '1' }, program });
  });

  it('on a docker build that adds a file from there without TLS, where BuildKit shows only the 403', async () => {
    const input = `FROM scratch\nADD http://${OTHER}/v2/ /file\n`;
    await expectBlocked(['build', '-'], { input, env: { DOCKER_BUILDKIT: '0' } });
    const program = await programWithBuildKit(guarded.docker);
    if (program === null) throw new Error('no docker command of this machine has BuildKit');
    const refused = await guarded.docker.run(['build', '-'], { input, env: { DOCKER_BUILDKIT: '1' }, program });
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('403') });
    expect(seenByOther()).toEqual([]);
  });

  it('when it is named by its address', async () => {
    const refused = await guarded.docker.run(['pull', `${guarded.registries.other.address}/app:1`]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('is blocked by acme.') });
    expect(seenByOther()).toEqual([]);
  });
});

describe('a registry that redirects to another host for its layers', () => {
  it('is no way around the policy: the other host is blocked, and named', async () => {
    const { vm, ca, registries, docker } = guarded;
    await using redirecting = await startRedirectingRegistry({
      ...{ host: vm.address(13), names: [REDIRECTING], ca },
      ...{ of: registries.allowed.address, blobsAt: OTHER },
    });
    // Removed from the engine, which does not fetch what it has.
    await importImage(docker, `${ALLOWED}/moved:1`, ['tac']);
    await docker.ok('push', `${ALLOWED}/moved:1`);
    await forget(`${ALLOWED}/moved:1`);
    await guarded.allow(REDIRECTING);
    const pull = await docker.run(['pull', `${REDIRECTING}/moved:1`]);
    expect(pull).toMatchObject({ code: 1 });
    expect(pull.stdout + pull.stderr).toContain(REFUSAL);
    expect(redirecting.redirected().length).toBeGreaterThan(0);
    expect(seenByOther()).toEqual([]);
  });
});

describe('skopeo', () => {
  const skopeo = async (...args: string[]): Promise<CommandText> =>
    textOf(
      await runCommand(['skopeo', ...args], {
        env: {
          ...{ PATH: process.env.PATH, HOME: tmpdir(), TMPDIR: tmpdir() },
          ...{ HTTP_PROXY: guarded.proxy, HTTPS_PROXY: guarded.proxy, SSL_CERT_FILE: guarded.caFile },
        },
        timeout: 120_000,
      }),
    );

  it('reads from an allowed registry, and is blocked elsewhere with the same message', async () => {
    expect(await skopeo('inspect', `docker://${ALLOWED}/app:1`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"Digest"'),
    });
    const refused = await skopeo('inspect', `docker://${OTHER}/app:1`);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(REFUSAL) });
    expect(seenByOther()).toEqual([]);
  });

  it('is blocked without TLS too, where it shows only the 403', async () => {
    const refused = await skopeo('inspect', '--tls-verify=false', `docker://${OTHER}/app:1`);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/403|blocked by acme/) });
    expect(seenByOther()).toEqual([]);
  });
});

describe("a tunnel to an allowed registry, whose server is Go's", () => {
  /** A warning that the server passes over, as Go's does, before a hello that names another host (RFC 8446 section 6). */
  const WARNING = Buffer.from([21, 3, 1, 0, 2, 1, 90]);

  function getBehindWarning(socket: Socket, way: string): Promise<string> {
    socket.write(WARNING);
    const tls = connectTls({ socket, servername: OTHER, rejectUnauthorized: false });
    return new Promise((resolve, reject) => {
      tls.on('error', reject);
      tls.on('data', (data) => {
        resolve(data.toString('latin1'));
        tls.destroy();
      });
      tls.on('secureConnect', () => tls.write(`GET /v2/?${way} HTTP/1.1\r\nHost: ${OTHER}\r\n\r\n`));
    });
  }

  it('ends before a hello behind an alert, which that server would have answered', async () => {
    const straight = connect({ host: guarded.vm.address(10), port: 443 });
    await once(straight, 'connect');
    expect(await getBehindWarning(straight, 'straight')).toMatch(/^HTTP\/1\.1 200 OK/);

    const { requests } = guarded.registries.allowed;
    await waitFor('the request in the log', () => requests().includes('/v2/?straight'));
    const { status, socket } = await guarded.gateway.connect(`${ALLOWED}:443`);
    expect(status).toBe(200);
    await expect(getBehindWarning(socket, 'through')).rejects.toThrow(/access denied|ECONNRESET|socket disconnected/);
    expect(requests()).not.toContain('/v2/?through');
  });
});

describe('the two walls', () => {
  it('work independently: without a proxy, DNS blocks', async () => {
    await guarded.vm.setProxy(undefined);
    try {
      const asked = guarded.upstream.asked.length;
      const refused = await guarded.docker.run(['pull', `${OTHER}/app:1`]);
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining(`lookup ${OTHER}`) });
      expect(refused.stderr).toContain('no such host');
      expect(guarded.upstream.asked.slice(asked).map(({ name }) => name)).not.toContain(OTHER);
      expect(seenByOther()).toEqual([]);
      await forget(`${ALLOWED}/app:1`);
      await guarded.docker.ok('pull', `${ALLOWED}/app:1`);
    } finally {
      await guarded.vm.setProxy(guarded.proxy);
    }
  });

  it('both see a probe through the engine', async () => {
    const control = await guarded.gateway.openControl();
    const seen: ControlEventData<'probe'>[] = [];
    control.on('probe', (sighting) => seen.push(sighting));
    const { generation } = await control.call('subscribe', {});
    try {
      for (const [suffix, wall] of [
        [PROBE_SUFFIX, 'proxy'],
        [DIRECT_PROBE_SUFFIX, 'dns'],
      ] as const) {
        const nonce = randomBytes(16).toString('hex');
        const answer = await guarded.vm.engine.probe(`n${nonce}.${suffix}`, AbortSignal.timeout(60_000));
        expect(answer.kind).toBe('denied');
        const sighting = await waitFor('the probe', () =>
          // Engines look up a registry's name even if they use the proxy, to see whether its address is among the insecure
          // registries.
          seen.find((event) => event.nonce === nonce && event.wall === wall),
        );
        expect(sighting).toMatchObject({ view: 'engine', generation });
      }
    } finally {
      control.close();
    }
  });
});

describe('a change of the policy', () => {
  it('applies at once, without restarting or signing out', async () => {
    await expectBlocked(['pull', `${OTHER}/app:1`]);
    await guarded.allow(ALLOWED, OTHER);
    await guarded.docker.ok('pull', `${OTHER}/app:1`);
    await forget(`${OTHER}/app:1`);
    await guarded.allow(ALLOWED);
    before = guarded.registries.other.requests().length;
    await expectBlocked(['pull', `${OTHER}/app:1`]);
  });

  it('cuts a pull in progress from a registry that was removed', async () => {
    const { vm, names, docker } = guarded;
    const port = 443;
    await using relay = await startStallingRelay(
      { host: vm.address(12), port },
      { host: vm.address(11), port },
      100_000,
    );
    names[OTHER] = vm.address(12);
    try {
      await guarded.allow(OTHER);
      const pull = docker.run(['pull', `${OTHER}/${UNKNOWN_IMAGE}`]);
      await relay.stalled;
      expect(relay.open()).toBeGreaterThan(0);
      await guarded.allow(ALLOWED);
      await waitFor('the tunnels to be closed', () => relay.open() === 0);
      // The engine retries once before it gives up.
      const { code, stdout, stderr } = await pull;
      expect(code).toBe(1);
      expect(stdout + stderr).toContain(REFUSAL);
    } finally {
      names[OTHER] = vm.address(11);
    }
  });
});

describe('a gateway that is killed', () => {
  it('blocks everything until it is back, and then has the same effective policy', async () => {
    const { gateway, docker } = guarded;
    const { generation, inForce } = await gateway.status();
    await gateway.halt('SIGKILL');
    await forget(`${ALLOWED}/app:1`);
    for (const host of [ALLOWED, OTHER]) expect(await docker.run(['pull', `${host}/app:1`])).toMatchObject({ code: 1 });
    expect(seenByOther()).toEqual([]);
    await gateway.start();
    expect(await gateway.status()).toMatchObject({ generation, inForce });
    await docker.ok('pull', `${ALLOWED}/app:1`);
    await expectBlocked(['pull', `${OTHER}/app:1`]);
  });
});

describe('a locked gateway', () => {
  it('blocks every registry and says what to do, until a policy is programmed again', async () => {
    const { gateway, docker } = guarded;
    await gateway.control.call('lock', { reason: 'sign-in-required' });
    await forget(`${ALLOWED}/app:1`);
    const refused = await docker.run(['pull', `${ALLOWED}/app:1`]);
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toContain(`${ALLOWED} is blocked until you sign in to acme.`);
    await guarded.allow(ALLOWED);
    await docker.ok('pull', `${ALLOWED}/app:1`);
  });

  it('closes open tunnels', async () => {
    const { gateway } = guarded;
    const { status, socket } = await gateway.connect(`${ALLOWED}:443`);
    expect(status).toBe(200);
    const closed = once(socket, 'close');
    socket.on('error', () => undefined).resume();
    await gateway.control.call('lock', { reason: 'sign-in-required' });
    await closed;
  });
});
