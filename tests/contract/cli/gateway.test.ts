import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { GatewayPlace } from '../../../main/cli/gateway-place.ts';
import { statusAt } from '../../../main/cli/gateway-status.ts';
import { serveRpc } from '../../../main/platform/net/json-rpc.ts';
import { listen } from '../../../main/platform/net/listen.ts';
import { controlMethods } from '../../../shared/schemas/control-schema.ts';
import { CLI } from '../../support/command-line.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';
import { gatewayStatus } from '../../support/gateway-status.ts';

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65_534;

let folder: string;
let path: string;
let place: GatewayPlace;
let server: Server;
let calls: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pc-cli-gw-'));
  path = join(folder, 'control.sock');
  place = { control: path, config: null, keptBy: 'systemd' };
  calls = 0;
  const status = () => {
    calls += 1;
    return gatewayStatus;
  };
  const notCalled = () => {
    throw new Error('not called');
  };
  const unused = {
    ...{ program: notCalled, lock: notCalled, release: notCalled },
    ...{ explain: notCalled, denials: notCalled, subscribe: notCalled },
    ...{ receipt: notCalled, hosts: notCalled },
  };
  server = createServer((peer) => serveRpc(peer, controlMethods, { ...unused, status }, { maxLine: 1024 * 1024 }));
  await listen(server, { path });
});
afterEach(async () => {
  server.close();
  await rm(folder, { recursive: true });
});

describe('portcullis gateway status', () => {
  it('asks a gateway of root or of this user', async () => {
    await statusAt(place);
    expect(calls).toBe(1);
  });

  it.skipIf(!isRoot)('tells nothing to a socket of another user, and believes nothing it says', async () => {
    await chown(path, NOBODY, NOBODY);
    await expect(statusAt(place)).rejects.toMatchObject({ problem: { code: 'gateway-untrusted' } });
    expect(calls).toBe(0);
  });

  it.each(['ENOENT', 'ECONNREFUSED'])('tells one that is not running by %s', async (code) => {
    if (code === 'ENOENT') place = { ...place, control: join(folder, 'none.sock') };
    else await leaveBehind(join(folder, 'dead.sock'));
    if (code === 'ECONNREFUSED') place = { ...place, control: join(folder, 'dead.sock') };
    await expect(statusAt(place)).rejects.toMatchObject({
      problem: { code: 'gateway-stopped', cause: expect.stringContaining(code) },
    });
  });

  it('does not wait for one that accepts a connection and never answers', async () => {
    const peers = new Set<Socket>();
    const hung = createServer((peer) => peers.add(peer));
    place = { ...place, control: join(folder, 'hung.sock') };
    await listen(hung, { path: place.control });
    await expect(statusAt(place)).rejects.toMatchObject({ problem: { code: 'gateway-silent' } });
    for (const peer of peers) peer.destroy();
    hung.close();
  });
});

/** The socket of a process that was killed. */
async function leaveBehind(dead: string): Promise<void> {
  const script = `require('node:net').createServer().listen(${JSON.stringify(dead)}, () => process.kill(process.pid, 'SIGKILL'))`;
  await once(spawn(process.execPath, ['-e', script], { stdio: 'inherit' }), 'exit');
}

describe('portcullis gateway status in a demo', () => {
  let demo: TestGateway;
  beforeEach(async () => {
    demo = await startGateway();
    // As the demo leaves its folder.
    await writeFile(join(demo.folder, 'portcullis-demo.json'), '{}');
    await copyFile(demo.configFile, join(demo.folder, 'gateway.json'));
  });
  afterEach(() => demo.stop());

  async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
    const child = spawn(process.execPath, [CLI, 'gateway', 'status', ...args], {
      env: { ...process.env, PORTCULLIS_AGENT_SOCKET: join(demo.folder, 'run', 'agent.sock') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
    return { code, out, err };
  }

  it('finds its gateway, running, hung and stopped, and says by which command each goes on', async () => {
    const config = join(demo.folder, 'gateway.json');
    const running = await run();
    expect(running.code).toBe(0);
    expect(running.out).toContain(`PID ${demo.pid},`);
    expect(running.out).toMatch(/^Socket +.*control\.sock \(demo\)$/m);

    process.kill(demo.pid, 'SIGSTOP');
    const hung = await run('--json');
    expect(hung).toMatchObject({ code: 1, out: '' });
    expect(hung.err).toMatch(/^portcullis: The gateway is running but does not respond\. .* \[gateway-silent\]\n$/);
    expect(hung.err).toContain(`restarted automatically: pkill -KILL -f 'gateway run --config ${config}' [`);

    await demo.halt('SIGKILL');
    const stopped = await run();
    expect(stopped).toMatchObject({ code: 1, out: '' });
    expect(stopped.err).toContain(`Start it: npm start -- --folder ${demo.folder} [gateway-stopped]`);
  });
});
