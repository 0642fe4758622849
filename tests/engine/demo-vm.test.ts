import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectToAgent } from '../../main/agent/transport/agent-socket.ts';
import { waitFor } from '../support/background-process.ts';
import { pidOf, startDemo, type TestDemo } from '../support/demo.ts';
import { type DockerCli, dockerCli } from '../support/docker-cli.ts';
import { TestBrowser } from '../support/test-browser.ts';

/** `npm start -- --vm`, as a person uses it: what it prints is what is run. */
describe('the demo with an engine', () => {
  const cleanup = new AsyncDisposableStack();
  let demo: TestDemo;
  let docker: DockerCli;
  let socket = '';
  let allowedImage = '';
  let refusedImage = '';
  beforeAll(async () => {
    demo = await startDemo('--vm');
    cleanup.defer(() => demo.stop());
    const printed = [...demo.output().matchAll(/docker -H unix:\/\/(\S+) pull (\S+)/g)];
    expect(printed).toHaveLength(2);
    [, , allowedImage = ''] = printed[0] ?? [];
    [, socket = '', refusedImage = ''] = printed[1] ?? [];
    docker = cleanup.use(await dockerCli(socket));
  });
  afterAll(() => cleanup.disposeAsync());

  async function signIn(): Promise<void> {
    const { client, close } = await connectToAgent(join(demo.folder, 'run', 'agent.sock'));
    const { authorizationUrl } = await client.call('session.signIn', { opener: 'caller' });
    const browser = new TestBrowser();
    await browser.open(authorizationUrl);
    await browser.submit({ username: 'mia', password: demo.password('mia') }, { name: 'action', value: 'sign-in' });
    await waitFor('the policy in force', async () => (await client.call('snapshot.get', {})).state.id === 'enforcing');
    close();
  }

  it('blocks the image it says it blocks: first until somebody signs in, then by the policy', async () => {
    const before = await docker.run(['pull', refusedImage]);
    expect(before).toMatchObject({ code: 1, stderr: expect.stringContaining('is blocked until you sign in to acme.') });
    await signIn();
    const after = await docker.run(['pull', refusedImage]);
    expect(after).toMatchObject({ code: 1, stderr: expect.stringContaining('is blocked by acme.') });
  });

  it('pulls the image it says is allowed, from a registry of its own, and runs it', async () => {
    expect(await docker.run(['pull', allowedImage])).toMatchObject({ code: 0 });
    const run = await docker.run(['run', '--rm', '--network', 'none', allowedImage]);
    expect(run).toMatchObject({ code: 0, stdout: 'Hello from a registry that acme allows.\n' });
  });

  it('keeps blocking when its agent or its gateway is killed, and restarts both', async () => {
    const pull = () => docker.run(['pull', refusedImage]);
    for (const part of ['agent', 'gateway'] as const) {
      const killed = await pidOf(demo, part);
      process.kill(killed, 'SIGKILL');
      expect(await pull()).toMatchObject({ code: 1 });
      await waitFor(`the ${part} to come back`, () => demo.output().includes(`The ${part} is running again.`));
      expect(await pidOf(demo, part)).not.toBe(killed);
      expect(await pull()).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('is blocked by acme.'),
      });
    }
  });

  it('removes the engine when it stops', async () => {
    const networks = await readFile('/proc/self/mounts', 'utf8');
    const folder = socket.slice(0, socket.lastIndexOf('/'));
    expect(networks).toContain(folder);
    await demo.stop();
    expect(await readFile('/proc/self/mounts', 'utf8')).not.toContain(folder);
    expect(await docker.run(['version'])).toMatchObject({ code: 1 });
  });
});
