import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { createPanelAccess } from '../../main/agent/transport/panel-access.ts';
import { type PanelServer, startPanelServer } from '../../main/agent/transport/panel-server.ts';
import { createLogger } from '../../main/platform/log/logger.ts';
import { startTestAgent, type TestAgent } from '../support/agent.ts';
import { processArguments } from '../support/process-arguments.ts';

/** What is secret in the forms and answers of a sign-in (RFC 6749, RFC 7636). */
const SECRETS = ['access_token', 'refresh_token', 'id_token', 'code', 'code_verifier'];

let folder: string;
let test: TestAgent;
let panel: PanelServer;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-secrecy-'));
  test = await startTestAgent({ log: createLogger('agent', join(folder, 'agent.log'), 'trace') });
});
afterAll(async () => {
  await panel?.close();
  await test?.stop();
  await rm(folder, { recursive: true, force: true });
});

it('no token of a whole day is in a log, a file, a snapshot, a process argument or what a panel is sent', async () => {
  const secrets = new Set<string>();
  let refused = 0;
  let refuseNext = false;
  test.intercept = async (url, request) => {
    for (const name of SECRETS) {
      const sent = new URLSearchParams(typeof request?.body === 'object' ? String(request.body) : '').get(name);
      if (sent !== null) secrets.add(sent);
    }
    const bearer = new Headers(request?.headers).get('authorization')?.split(' ')[1];
    if (bearer !== undefined) secrets.add(bearer);
    if (refuseNext && url.pathname.endsWith('/registry-access')) {
      refuseNext = false;
      refused += 1;
      return new Response('', { status: 401 });
    }
    // A stream of events has no end to read to.
    if (url.pathname.endsWith('/events')) return null;
    const response = await fetch(url, request);
    const said: Record<string, unknown> = await response
      .clone()
      .json()
      .catch(() => ({}));
    for (const name of SECRETS) if (typeof said[name] === 'string') secrets.add(said[name]);
    return response;
  };

  const access = createPanelAccess(() => performance.now(), randomBytes);
  const handlers = { ...test.agent.handlers, 'panel.open': async () => ({ url: null }) };
  const log = createLogger('panel', join(folder, 'panel.log'), 'trace');
  panel = await startPanelServer({ agent: { ...test.agent, handlers }, access, files: new Map(), port: 0, log });
  const socket = new WebSocket(`${panel.origin.replace('http', 'ws')}/ipc`, { origin: panel.origin });
  const heard: string[] = [];
  socket.on('message', (data) => heard.push(String(data)));
  await once(socket, 'open');
  socket.send(JSON.stringify({ id: 0, call: 'hello', args: { code: access.issueCode() } }));

  await test.signIn('mia');
  await test.until('enforcing');
  refuseNext = true;
  await test.agent.handlers['sync.now']({});
  await test.agent.handlers['report.save']({});
  const before = test.agent.snapshot();
  const arguments_ = await processArguments();
  await test.agent.handlers['session.signOut']({});
  const after = await test.until('sign-in-required');
  await expect.poll(() => heard.at(-1)).toContain('sign-in-required');
  socket.close();
  // What is written down comes to the disk a moment later.
  await expect.poll(() => filesBelow(test.stateDir).catch(() => '')).toContain('P-ENFORCING');

  expect(refused).toBe(1);
  // Two of each token at least: one of the sign-in, one of the refresh that the 401 brought about.
  expect(secrets.size).toBeGreaterThanOrEqual(6);
  for (const secret of secrets) expect(secret.length).toBeGreaterThan(15);
  const shown = {
    'the history of snapshots': JSON.stringify([test.history, before, after]),
    'what the panel was sent': heard.join('\n'),
    "the hub's log": test.hub.log(),
    "the gateway's log": test.gateway.log(),
    'process arguments': arguments_,
    'a log file': await filesBelow(folder),
    "a file of the agent's": await filesBelow(test.stateDir),
    "a file of the gateway's": await filesBelow(test.gateway.folder),
  };
  expect(shown['a log file']).toContain('session state');
  expect(shown["a file of the agent's"]).toContain('P-ENFORCING');
  expect(shown["a file of the agent's"]).toContain('"proxyVariables"');
  expect(shown['what the panel was sent']).toContain('P-ENFORCING');
  for (const [where, text] of Object.entries(shown)) {
    expect(text, where).not.toBe('');
    for (const secret of secrets) expect(text.includes(secret), `${where} holds a secret`).toBe(false);
  }
});

async function filesBelow(path: string): Promise<string> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return (await Promise.all(files.map((file) => readFile(file, 'latin1')))).join('\n');
}
