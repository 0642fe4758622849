import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Snapshot } from '../../shared/schemas/snapshot.ts';
import { endingWithUs, waitFor } from '../support/background-process.ts';
import { PROJECT } from '../support/systemd-guest.ts';
import { type AttachScene, startAttachScene } from './attach-scene.ts';
import { ALLOWED, OTHER } from './scene.ts';

/** What the people of an attached machine see: hub, agent and gateway in it, found where an installed agent finds them. In order. */
describe('an agent on an attached machine', () => {
  const cleanup = new AsyncDisposableStack();
  let scene: AttachScene;
  let agent: ChildProcess;
  let latest: Snapshot;
  let said = '';
  const until = (what: string, fits: (snapshot: Snapshot) => boolean, patience = 120_000): Promise<Snapshot> =>
    waitFor(
      `${what}; it said: ${said}`,
      () => {
        if (agent.exitCode !== null) throw new Error(`the agent ended: ${said}`);
        return latest !== undefined && fits(latest) && latest;
      },
      patience,
    );

  beforeAll(async () => {
    scene = cleanup.use(await startAttachScene());
    const attached = await scene.portcullis('engine', 'attach', '--restart');
    expect(attached).toMatchObject({ code: 0, stderr: '' });
    const [file = '', ...args] = endingWithUs(
      scene.guest.within([
        join(PROJECT, 'node_modules/.bin/node'),
        join(PROJECT, 'tests/support/agent-in-guest.ts'),
        ALLOWED,
      ]),
    );
    agent = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env.PATH, HOME: '/root' } });
    cleanup.defer(() => void agent.kill('SIGKILL'));
    agent.stderr?.on('data', (chunk) => (said += chunk));
    if (agent.stdout === null) throw new Error('no standard output');
    createInterface({ input: agent.stdout }).on('line', (line) => {
      latest = Snapshot.parse(JSON.parse(line));
    });
  });
  afterAll(() => cleanup.disposeAsync());

  it('follows the attached engine by itself, proves both walls through it, and is green', async () => {
    const { state, walls, engine } = await until('enforcing', (snapshot) => snapshot.state.id === 'enforcing');
    expect(state).toMatchObject({ look: 'green', protected: 'yes' });
    expect(engine).toMatchObject({ socket: 'unix:///run/docker.sock' });
    expect(walls).toMatchObject({ dns: { kind: 'proven' }, proxy: { kind: 'proven' } });
    expect(await scene.docker(['pull', `${ALLOWED}/app:1`])).toMatchObject({ code: 0 });
    expect(await scene.docker(['pull', `${OTHER}/app:1`])).toMatchObject({ code: 1 });
  });

  it('turns red when the wall is taken away, and green again once the audit has put it back', async () => {
    await scene.guest.ok('nft', 'delete', 'table', 'inet', 'portcullis_guard');
    await scene.guest.ok('systemctl', 'start', 'portcullis-engine-audit.service');
    const { state } = await until('not enforcing', (snapshot) => snapshot.state.id === 'not-enforcing');
    expect(state.look).toBe('red');
    await scene.guest.ok('systemctl', 'start', 'portcullis-engine-audit.service');
    await until('enforcing', (snapshot) => snapshot.state.id === 'enforcing');
  });

  it('shows no green when the audit no longer runs', async () => {
    await scene.guest.ok('systemctl', 'stop', 'portcullis-engine-audit.timer', 'portcullis-engine-audit.path');
    await scene.guest.ok('rm', '/run/portcullis-attachment/audit.json');
    await until('no green', (snapshot) => snapshot.state.look !== 'green');
    await scene.guest.ok('systemctl', 'start', 'portcullis-engine-audit.timer', 'portcullis-engine-audit.path');
    await until('enforcing', (snapshot) => snapshot.state.id === 'enforcing');
  });
});
