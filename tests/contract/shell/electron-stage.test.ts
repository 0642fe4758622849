import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AgentSocket, serveAgentSocket } from '../../../main/agent/transport/agent-socket.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { buildStage } from '../../support/electron/build-stage.ts';
import { type BuiltShell, buildShell, type RunningShell, runOnDouble } from '../../support/electron/built-shell.ts';
import { createFakeAgent, type FakeAgent } from '../../support/fake-agent.ts';
import { inputsFor, snapshotOf } from '../../support/snapshots.ts';

/** What the tests in a real Electron stand on, where there is none: the shell with an agent that a test plays over a socket. */
let folder: string;
let built: BuiltShell;
let agent: FakeAgent;
let server: AgentSocket;
let shell: RunningShell;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-stage-'));
  built = await buildShell();
  agent = createFakeAgent(snapshotOf(inputsFor.enforcing));
  const socket = join(folder, 'run', 'agent.sock');
  server = await serveAgentSocket(socket, agent, silentLogger());
  shell = runOnDouble(await buildStage(join(folder, 'stage')), {
    env: { PORTCULLIS_STAGE_SOCKET: socket, PORTCULLIS_STAGE_ROOT: built.folder, PORTCULLIS_STAGE_FOLDER: folder },
  });
}, 180_000);

afterEach(async () => {
  await shell?.kill();
  await server?.close();
  await built?.[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

it('the shell shows what the test plays, passes calls on to it, and notices when it goes and comes back', async () => {
  const headline = (expected: string) =>
    shell.until(
      `the headline ${expected}`,
      ({ windows }, text) => windows[0]?.menu?.labels().includes(text) ?? false,
      expected,
    );
  await headline('Restricted by acme');
  agent.play(snapshotOf(inputsFor.locked));
  await headline('All pulls are blocked');

  const answer = await shell.run(({ windows, message }) => {
    const [window] = windows;
    if (window === undefined) throw new Error('there is no window');
    return message({ contents: window.webContents }, 'portcullis:call', { id: 1, call: 'sync.now', args: {} });
  });
  expect(answer).toEqual({ id: 1, ok: { outcome: 'unchanged', problem: null } });

  await server.close();
  await headline('Portcullis is restarting');
  server = await serveAgentSocket(server.path, agent, silentLogger());
  await headline('All pulls are blocked');
});
