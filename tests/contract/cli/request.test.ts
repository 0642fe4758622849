import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentSocket, serveAgentSocket } from '../../../main/agent/transport/agent-socket.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { OwnRequest } from '../../../shared/schemas/own-request.ts';
import { CLI } from '../../support/command-line.ts';
import { createFakeAgent, type FakeAgent } from '../../support/fake-agent.ts';
import { allOf, ownRequests, refusedImage } from '../../support/panel-data.ts';
import { recordCalls } from '../../support/recorded-calls.ts';
import { allGood, NOW, notOffered, offered, snapshotOf } from '../../support/snapshots.ts';

let folder: string;
let agent: FakeAgent;
let calls: readonly { call: string; args: unknown }[];
let socket: AgentSocket;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-cli-'));
  agent = createFakeAgent(snapshotOf(allGood, { requests: offered }));
  agent.answer({
    'requests.create': async ({ reason }) => request({ reason }),
    'requests.list': allOf(ownRequests),
    'decide.explain': async () => refusedImage,
  });
  const recorded = recordCalls(agent.handlers);
  calls = recorded.calls;
  socket = await serveAgentSocket(
    join(folder, 'run', 'agent.sock'),
    { ...agent, handlers: recorded.handlers },
    silentLogger(),
  );
});
afterEach(async () => {
  await socket.close();
  await rm(folder, { recursive: true });
});

function request(change: Partial<OwnRequest>): OwnRequest {
  const none = { subject: null, reason: null, decided: null, problem: null };
  return { id: 'r1', host: 'gcr.io', at: NOW, state: 'open', ...none, ...change };
}

async function portcullis(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, PORTCULLIS_AGENT_SOCKET: socket.path, TZ: 'UTC' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

const asked = (name: string): unknown[] => calls.filter(({ call }) => call === name).map(({ args }) => args);

describe('portcullis request', () => {
  it('sends what was typed, with the reason, and says so', async () => {
    const { code, out } = await portcullis('request', 'docker', 'pull', 'gcr.io/acme/app', '--reason', 'the new build');
    expect({ code, out }).toEqual({
      code: 0,
      out: 'Requested access to gcr.io. You will be told when it is decided.\n',
    });
    expect(asked('requests.create')).toEqual([
      { subject: 'docker pull gcr.io/acme/app', host: null, reason: 'the new build' },
    ]);
  });

  it('prints the request as JSON', async () => {
    const { code, out } = await portcullis('request', 'gcr.io', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ host: 'gcr.io', state: 'open' });
  });

  it('succeeds while the server is away: the request is kept, and why is said', async () => {
    const away = problem('server-unreachable', { server: 'hub.acme.example' });
    agent.answer({ 'requests.create': async () => request({ state: 'kept', problem: away }) });
    const { code, out, err } = await portcullis('request', 'gcr.io');
    expect({ code, out }).toEqual({
      code: 0,
      out: 'Your request for gcr.io is saved and will be sent automatically.\n',
    });
    expect(err).toContain('[server-unreachable]');
  });

  it('says why it cannot be, and whom to ask', async () => {
    agent.answer({
      'requests.create': async () => {
        throw new ProblemError(
          problem('requests-not-offered', { organization: 'acme', contact: 'platform@acme.example' }),
        );
      },
    });
    const { code, err } = await portcullis('request', 'gcr.io');
    expect(code).toBe(1);
    expect(err).toBe(
      'portcullis: acme does not take requests through Portcullis. Ask platform@acme.example instead. [requests-not-offered]\n',
    );
  });

  it('withdraws the open one for the same host', async () => {
    const { code, out } = await portcullis('request', 'gcr.io/distroless/static', '--withdraw');
    expect({ code, out }).toEqual({ code: 0, out: 'Withdrew your request for gcr.io.\n' });
    expect(asked('requests.withdraw')).toEqual([{ id: 'r-gcr.io' }]);
    agent.answer({ 'requests.list': allOf([]) });
    const none = await portcullis('request', 'gcr.io', '--withdraw');
    expect(none.code).toBe(1);
    expect(none.err).toContain('You have no open request for gcr.io.');
  });

  it('needs a host', async () => {
    expect((await portcullis('request')).code).toBe(2);
    expect((await portcullis('request', '')).code).toBe(1);
    expect(asked('requests.create')).toEqual([]);
  });

  it('cannot be called by what a web page chooses', async () => {
    const { code } = await portcullis('portcullis://request?image=gcr.io');
    expect(code).toBe(2);
    expect(calls).toEqual([]);
  });
});

describe('portcullis requests', () => {
  it('shows each with what has become of it', async () => {
    const { code, out } = await portcullis('requests');
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toEqual([
      expect.stringMatching(/^gcr\.io +\S.* Waiting for a decision$/),
      expect.stringMatching(/^nvcr\.io +\S.* Will be sent$/),
      expect.stringMatching(/^public\.ecr\.aws +\S.* (Allowed until|Was allowed until) \S/),
      expect.stringMatching(/^docker\.elastic\.co +\S.* Use mirror\.acme\.example\/elastic instead$/),
      expect.stringMatching(/^registry\.hub\.evil\.example +\S.* Declined: Nobody knows who runs this registry\.$/),
      expect.stringMatching(/^quay\.io +\S.* Allowed for team platform$/),
    ]);
  });

  it('prints them as JSON, with why none can be made', async () => {
    agent.play(snapshotOf(allGood, { requests: notOffered }));
    const { out } = await portcullis('requests', '--json');
    const parsed = JSON.parse(out);
    expect(parsed.requests).toHaveLength(ownRequests.length);
    expect(parsed.unavailable).toMatchObject({ code: 'requests-not-offered' });
  });

  it('says that there is none, and where none can be made why', async () => {
    agent.answer({ 'requests.list': allOf([]) });
    agent.play(snapshotOf(allGood, { requests: notOffered }));
    const { code, out } = await portcullis('requests');
    expect(code).toBe(0);
    expect(out).toBe(
      'You have not requested access to anything.\nacme does not take requests through Portcullis. Ask platform@acme.example instead.\n',
    );
  });
});
