import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AgentSocket, serveAgentSocket } from '../../../main/agent/transport/agent-socket.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { listen } from '../../../main/platform/net/listen.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import { ProblemError } from '../../../shared/problems/problem.ts';
import type { Explanation } from '../../../shared/schemas/ipc-schema.ts';
import { Snapshot } from '../../../shared/schemas/snapshot.ts';
import type { StateId } from '../../../shared/state/derive-state.ts';
import { CLI } from '../../support/command-line.ts';
import { createFakeAgent, type FakeAgent } from '../../support/fake-agent.ts';
import { allGood, engines, inputsFor, managed, snapshotOf } from '../../support/snapshots.ts';

let folder: string;
let agent: FakeAgent;
let socket: AgentSocket;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'portcullis-cli-'));
  agent = createFakeAgent();
  socket = await serveAgentSocket(join(folder, 'run', 'agent.sock'), agent, silentLogger());
});
afterEach(async () => {
  await socket.close();
  await rm(folder, { recursive: true });
});

async function portcullis(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { ...process.env, PORTCULLIS_AGENT_SOCKET: socket.path },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, out, err };
}

const refused: Explanation = {
  subject: 'gcr.io/team/app',
  readAs: null,
  mayNeed: [],
  kind: 'image',
  registry: 'gcr.io',
  allowed: false,
  hosts: [
    {
      host: 'gcr.io',
      port: null,
      engine: { allowed: false, reason: 'not-in-policy' },
      workload: { allowed: false, reason: 'not-in-policy' },
    },
  ],
  sentence: 'gcr.io is blocked by acme.',
  next: 'To request access to gcr.io, contact platform@acme.example.',
  generation: 9,
};

describe('portcullis doctor', () => {
  it('finds nothing where all is well', async () => {
    const { code, out } = await portcullis('doctor');
    expect(code).toBe(0);
    expect(out.trim().split('\n')).toEqual(
      out
        .trim()
        .split('\n')
        .map(() => expect.stringMatching(/^ok {6}/)),
    );
  });

  it('does not take proofs of before for a check that has just failed', async () => {
    agent.answer({ 'enforcement.check': async () => ({ verified: false, problem: problem('gateway-away') }) });
    const { code, out } = await portcullis('doctor');
    expect(code).toBe(4);
    expect(out).toMatch(/^failed {2}The filter was checked just now\n.*\[gateway-away\]$/m);
  });

  it('says of each failed check why, and a command to copy', async () => {
    agent.play(snapshotOf(inputsFor['sign-in-required']));
    const { code, out } = await portcullis('doctor');
    expect(code).toBe(4);
    expect(out).toMatch(/^failed {2}A member of the organization is signed in\n {8}\$ portcullis sign-in$/m);
    const { checks } = JSON.parse((await portcullis('doctor', '--json')).out);
    expect(checks).toContainEqual(expect.objectContaining({ outcome: 'failed', command: 'portcullis sign-in' }));
  });

  it('says that the agent is not running', async () => {
    await socket.close();
    const { code, out } = await portcullis('doctor');
    expect(code).toBe(4);
    expect(out).toMatch(/^failed {2}Portcullis is running\n.*\[agent-not-running\]\n {8}\$ portcullis agent run\n$/);
  });
});

describe('portcullis status --watch', () => {
  it('prints each change once, and ends with the agent', async () => {
    const child = spawn(process.execPath, [CLI, 'status', '--watch'], {
      env: { ...process.env, PORTCULLIS_AGENT_SOCKET: socket.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
    });
    const ended = once(child, 'exit');
    const err = text(child.stderr);
    await expect.poll(() => out, { timeout: 60_000 }).toContain('Restricted by acme [P-ENFORCING]');
    agent.play(snapshotOf(allGood, { deniedToday: 5 }));
    agent.play(snapshotOf(inputsFor.locked));
    await expect.poll(() => out, { timeout: 60_000 }).toContain('All pulls are blocked [P-LOCKED]');
    expect(out.trim().split('\n')).toHaveLength(2);
    await socket.close();
    expect(await ended).toEqual([1, null]);
    expect(await err).toMatch(/^portcullis: .*\]\n$/);
  });

  it('ends well on Ctrl-C, with --json after one snapshot a line', async () => {
    const child = spawn(process.execPath, [CLI, 'status', '--watch', '--json'], {
      env: { ...process.env, PORTCULLIS_AGENT_SOCKET: socket.path },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [first] = await once(child.stdout, 'data');
    expect(Snapshot.parse(JSON.parse(String(first).split('\n')[0] ?? '')).state.id).toBe('enforcing');
    const ended = once(child, 'exit');
    child.kill('SIGINT');
    expect(await ended).toEqual([0, null]);
  });
});

describe('portcullis status', () => {
  it('says what is in force and by whom', async () => {
    const { code, out } = await portcullis('status');
    expect(code).toBe(0);
    expect(out).toMatch(/^Restricted by acme \[P-ENFORCING\]\n12 registries allowed\./);
    expect(out).toMatch(/^Organization +acme$/m);
    expect(out).toMatch(/^Policy +revision 7 from /m);
    expect(out).toMatch(/^DNS filter +proven /m);
  });

  it('says since when the state holds, where the last change known led to it', async () => {
    const change = { at: Date.UTC(2001, 10, 9, 12), from: 'securing', to: 'enforcing', code: 'P-ENFORCING' } as const;
    agent.answer({
      'transitions.list': async () => ({ items: [change], total: 1, next: null, stale: false, version: '1' }),
    });
    expect((await portcullis('status')).out).toMatch(/^Since +Nov 9, 2001, .+ ago$/m);
    agent.play(snapshotOf(inputsFor.locked));
    expect((await portcullis('status')).out).not.toMatch(/^Since/m);
  });

  it('names each engine with what holds it', async () => {
    agent.play(snapshotOf(allGood, { engines }));
    const { code, out } = await portcullis('status');
    expect(code).toBe(0);
    expect(out).toMatch(/^Held by +Docker Engine 20\.10\.24: Held by a network wall/m);
    expect(out).toMatch(/^ +BuildKit \(not running\): Not attached: .* sudo portcullis engine attach$/m);
    const doctor = await portcullis('doctor');
    expect(doctor.code).toBe(4);
    expect(doctor.out).toMatch(/^failed {2}Each engine that runs is attached\n {8}Docker Desktop is not attached/m);
  });

  it('prints the whole snapshot for programs', async () => {
    const { code, out } = await portcullis('status', '--json');
    expect(code).toBe(0);
    expect(Snapshot.parse(JSON.parse(out))).toEqual(agent.snapshot());
  });

  it.each<[StateId, number]>([
    ['enforcing-stale', 0],
    ['unmanaged', 0],
    ['auditing', 0],
    ['sign-in-required', 4],
    ['locked', 4],
    ['not-enforcing', 4],
    ['securing', 4],
  ])('ends in the state %s with %i', async (state, expected) => {
    agent.play(snapshotOf(inputsFor[state]));
    const { code, out } = await portcullis('status');
    expect(code).toBe(expected);
    expect(out).toContain(snapshotOf(inputsFor[state]).state.code);
  });

  it('says which of several organizations applies, what is overridden, and what may surprise in a file', async () => {
    const spelling = problem('organizations-alike', { name: 'Acme', other: 'acme' });
    const { source } = managed.present;
    agent.play(
      snapshotOf({
        ...allGood,
        session: { kind: 'signed-in', user: { sub: 'mia' }, org: 'acme', others: ['globex'] },
        managed: {
          ...managed.present,
          allowedOrgs: ['acme', 'globex'],
          problems: [{ ...spelling, file: source ?? '', line: 2 }],
          overridden: [
            { file: '/old.json', kind: 'registry-json', verdict: 'present', allowedOrgs: ['initech'], problems: [] },
            { file: '/torn.json', kind: 'registry-json', verdict: 'malformed', allowedOrgs: [], problems: [] },
          ],
        },
      }),
    );
    const { out } = await portcullis('status');
    expect(out).toMatch(/^ +Also a member of globex\. Your administrator lists acme first, so its policy applies\.$/m);
    expect(out).toMatch(/^Overrides +\/old\.json: initech\nOverrides +\/torn\.json: malformed$/m);
    expect(out).toContain(`warning: ${source}, line 2: ${spelling.message} ${spelling.next} [organizations-alike]`);
  });

  it('says why a sign-in came to nothing, and what to do next', async () => {
    const problem = { code: 'session-ended', message: 'The server has ended this session.', next: 'Sign in again.' };
    agent.play(snapshotOf({ ...inputsFor['sign-in-required'], session: { kind: 'signed-out', problem } }));
    const { out } = await portcullis('status');
    expect(out).toMatch(/^Sign-in +The server has ended this session\. Sign in again\. \[session-ended\]$/m);
  });

  it('tells each fault once, with its cause, what to do, and the code to read out', async () => {
    const problem = {
      code: 'server-unreachable',
      message: 'acme cannot be reached.',
      cause: 'ETIMEDOUT',
      next: 'Wait.',
    };
    const skew = {
      code: 'clock-skew',
      severity: 'warning',
      message: 'The clock is wrong.',
      cause: 'by 9 minutes',
    } as const;
    agent.play(
      snapshotOf(
        { ...inputsFor['enforcing-stale'], health: [{ ...skew, next: 'Set it.', forbidsGreen: false }] },
        { sync: { ...snapshotOf(allGood).sync, problem } },
      ),
    );
    const { out } = await portcullis('status');
    expect(out).toMatch(/^Sync problem +acme cannot be reached\. \(ETIMEDOUT\) Wait\. \[server-unreachable\]$/m);
    expect(out).toMatch(/^warning: The clock is wrong\. \(by 9 minutes\) Set it\. \[clock-skew\]$/m);
    expect(out).toMatch(/^Version +.+, report [0-9A-Z]{6}$/m);
  });

  it('tells why the filter is not proven', async () => {
    agent.play(snapshotOf(inputsFor['not-enforcing']));
    const { filter } = snapshotOf(inputsFor['not-enforcing']);
    const problem = filter !== null && 'problem' in filter ? filter.problem : null;
    expect((await portcullis('status')).out).toContain(`${problem?.message} `);
    expect((await portcullis('status')).out).toContain(`[${problem?.code}]`);
  });

  it('does not let a name steer the terminal', async () => {
    const session = { kind: 'signed-in' as const, user: { sub: 'mia', name: 'Mia\u001b[2J\u202e' }, org: 'acme' };
    agent.play(snapshotOf({ ...allGood, session }));
    const { out } = await portcullis('status');
    expect(out).toMatch(/^Signed in +Mia\?\[2J\?$/m);
  });

  it('does not wait for an agent that hangs, and a report is made without it', async () => {
    await socket.close();
    const peers = new Set<Socket>();
    const hung = createServer((peer) => peers.add(peer));
    await listen(hung, { path: socket.path });
    const { code, out, err } = await portcullis('status');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^portcullis: Portcullis is running but does not respond\..* \[agent-silent\]\n$/);
    const report = await portcullis('report', '--out', join(folder, 'report.json'));
    expect(report).toMatchObject({ code: 0, out: expect.stringContaining('Created without the agent: ') });
    for (const peer of peers) peer.destroy();
    await new Promise((resolve) => hung.close(resolve));
    socket = await serveAgentSocket(socket.path, agent, silentLogger());
  });

  it('says in one line that the agent is not running', async () => {
    await socket.close();
    const { code, out, err } = await portcullis('status');
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^portcullis: Portcullis is not running for this user\..*\n$/);
    socket = await serveAgentSocket(join(folder, 'run', 'agent.sock'), agent, silentLogger());
  });
});

describe('portcullis status --check', () => {
  const noAnswer = problem('probe-no-answer', {}, { cause: 'i/o timeout' });

  it('says nothing of a check that has succeeded but what was proven', async () => {
    const { code, out } = await portcullis('status', '--check');
    expect(code).toBe(0);
    expect(out).toMatch(/^Restricted by acme \[P-ENFORCING\]\n/);
    expect(out).not.toContain('just now');
  });

  it('that fails ends with 4, is not green, and repeats no earlier proof as if it were current', async () => {
    // As an agent says that still has a proof of a minute ago.
    agent.answer({ 'enforcement.check': async () => ({ verified: false, problem: noAnswer }) });
    const { code, out } = await portcullis('status', '--check');
    expect(code).toBe(4);
    expect(out).toMatch(/^Checked just now: no answer \[P-ENFORCING\]\n.*\(i\/o timeout\).* \[probe-no-answer\]\n\n/);
    expect(out).toMatch(/^DNS filter +checked just now: no answer$/m);
    expect(out).toMatch(/^Registry proxy +checked just now: no answer$/m);
    expect(out).not.toMatch(/Restricted by|registries allowed|proven|Next:/);
  });

  it('tells a check that found something from one that nobody answered', async () => {
    const gone = problem('engine-proxy-gone');
    agent.answer({ 'enforcement.check': async () => ({ verified: false, problem: gone }) });
    const { code, out } = await portcullis('status', '--check');
    expect(code).toBe(4);
    expect(out).toMatch(/^Checked just now: failed \[P-ENFORCING\]\n/);
    agent.play(snapshotOf(inputsFor.securing));
    const securing = await portcullis('status', '--check');
    expect(securing.out).toContain('[P-SECURING]');
    expect(securing.out).toMatch(/^Check +checked just now: failed\. .*\[engine-proxy-gone\]$/m);
  });

  it('keeps what the check itself has proven', async () => {
    agent.answer({
      'enforcement.check': async () => {
        const walls = { ...snapshotOf(allGood).walls, dns: { kind: 'proven' as const, at: Date.now(), generation: 9 } };
        agent.play(snapshotOf(allGood, { walls }));
        return { verified: false, problem: noAnswer };
      },
    });
    const { out } = await portcullis('status', '--check');
    expect(out).toMatch(/^DNS filter +proven /m);
    expect(out).toMatch(/^Registry proxy +checked just now: no answer$/m);
  });

  it('gives programs the outcome beside the snapshot', async () => {
    agent.answer({ 'enforcement.check': async () => ({ verified: false, problem: noAnswer }) });
    const { code, out } = await portcullis('status', '--check', '--json');
    expect(code).toBe(4);
    expect(JSON.parse(out).check).toEqual({ verified: false, problem: noAnswer });
  });

  it('expects no proof where nobody manages the machine', async () => {
    agent.play(snapshotOf(inputsFor.unmanaged));
    agent.answer({ 'enforcement.check': async () => ({ verified: false, problem: problem('engine-not-running') }) });
    expect((await portcullis('status', '--check')).code).toBe(0);
  });
});

describe('portcullis explain', () => {
  it('says what a pull that is allowed may also need, with an exit code of its own', async () => {
    const hosts = refused.hosts.map((host) => ({
      ...host,
      engine: { allowed: true, reason: 'allowed-by-policy' } as const,
    }));
    const note = { en: 'Manifests come from there.', de: 'Manifeste kommen von dort.' };
    const allowed = { ...refused, allowed: true, hosts, next: null, readAs: 'registry.k8s.io/pause' };
    const needed = { host: '<location>-docker.pkg.dev', rarely: false, note };
    agent.answer({ 'decide.explain': async ({ subject }) => ({ ...allowed, subject, mayNeed: [needed] }) });
    const { code, out } = await portcullis('explain', 'docker', 'pull', 'registry.k8s.io/pause');
    expect(code).toBe(5);
    expect(out).toContain('registry.k8s.io/pause: allowed, but may also need <location>-docker.pkg.dev. ');
    expect(out).toContain('may also need  <location>-docker.pkg.dev  Manifests come from there.');
    const json = await portcullis('explain', 'registry.k8s.io/pause', '--json');
    expect(json.code).toBe(5);
    expect(JSON.parse(json.out)).toMatchObject({ subject: 'registry.k8s.io/pause', mayNeed: [needed] });

    agent.answer({ 'decide.explain': async () => ({ ...allowed, mayNeed: [{ ...needed, rarely: true }] }) });
    const rarely = await portcullis('explain', 'registry.k8s.io/pause');
    expect(rarely.code).toBe(0);
    expect(rarely.out).toContain('registry.k8s.io/pause: allowed. ');
    expect(rarely.out).toContain('not allowed with it  <location>-docker.pkg.dev');
  });

  it('says that an image is blocked, why and whom to ask, and exits with 3', async () => {
    agent.answer({ 'decide.explain': async () => refused });
    const { code, out } = await portcullis('explain', 'gcr.io/team/app');
    expect(code).toBe(3);
    expect(out.split('\n').slice(0, 2)).toEqual([
      'gcr.io/team/app: blocked. gcr.io is blocked by acme.',
      'To request access to gcr.io, contact platform@acme.example.',
    ]);
  });

  it('says that an image is allowed and by which line of the list, and exits with 0', async () => {
    const engine = { allowed: true, reason: 'allowed-by-policy' as const, registry: 'docker.io', rule: 'docker.io' };
    const [host] = refused.hosts;
    const hosts = host ? [{ ...host, host: 'registry-1.docker.io', engine }] : [];
    agent.answer({
      'decide.explain': async ({ subject }) => ({ ...refused, subject, allowed: true, hosts, next: null }),
    });
    const { code, out } = await portcullis('explain', 'ghcr.io/acme/app');
    expect(code).toBe(0);
    expect(out).toContain('\n  allowed  registry-1.docker.io  by docker.io (Docker Hub)\n');
    expect(out).not.toContain('allowed-by-policy');
  });

  it('does not say at once that it is on the list and that it is not', async () => {
    const [host] = refused.hosts;
    const engine = { allowed: true, reason: 'audit-only' as const, wouldDeny: true };
    const hosts = host ? [{ ...host, engine }] : [];
    const sentence = 'gcr.io is not allowed by acme. In audit mode this is recorded, not blocked.';
    const explanation = { ...refused, allowed: true, hosts, sentence, next: null };
    agent.answer({ 'decide.explain': async () => ({ ...explanation, generation: null }) });
    const away = (await portcullis('explain', 'gcr.io/team/app')).out;
    expect(away).toContain(`gcr.io/team/app: not on the allowlist. ${sentence}\n`);
    expect(away).toContain('\n  allowed  gcr.io  not on the allowlist\n');
    expect(away).toContain('The filter is not responding');
    agent.answer({ 'decide.explain': async () => explanation });
    const inForce = (await portcullis('explain', 'gcr.io/team/app')).out;
    expect(inForce).toContain(`gcr.io/team/app: allowed, audit only. ${sentence}\n`);
  });

  it('writes an IPv6 address and its port apart', async () => {
    const [host] = refused.hosts;
    const hosts = host ? [{ ...host, host: '2001:db8::7', port: 5000 }] : [];
    agent.answer({ 'decide.explain': async () => ({ ...refused, hosts }) });
    expect((await portcullis('explain', '[2001:db8::7]:5000/app')).out).toContain('blocked  [2001:db8::7]:5000  ');
  });

  it.each(['', 'x'.repeat(1025)])('says in plain words that it is no image', async (subject) => {
    const { code, err } = await portcullis('explain', subject);
    expect(code).toBe(1);
    expect(err).toMatch(/^portcullis: The image reference (is empty|is longer than 1024 characters)\. .*\n$/);
  });

  it('gives programs everything', async () => {
    agent.answer({ 'decide.explain': async () => refused });
    const { code, out } = await portcullis('explain', 'gcr.io/team/app', '--json');
    expect(code).toBe(3);
    expect(JSON.parse(out)).toEqual(refused);
  });

  it('wants to know about what', async () => {
    const { code, err } = await portcullis('explain');
    expect(code).toBe(2);
    expect(err).toContain('image-or-host');
  });
});

describe('portcullis sync', () => {
  it('says whether the policy was updated', async () => {
    expect(await portcullis('sync')).toMatchObject({ code: 0, out: 'The policy is up to date.\n' });
    agent.answer({ 'sync.now': async () => ({ outcome: 'updated', problem: null }) });
    expect(await portcullis('sync')).toMatchObject({ code: 0, out: 'The policy was updated.\n' });
  });

  it('says what it waits for, while the server does not respond', async () => {
    const responds = Promise.withResolvers<void>();
    agent.answer({
      'sync.now': async () => {
        await responds.promise;
        return { outcome: 'unchanged', problem: null };
      },
    });
    const child = spawn(process.execPath, [CLI, 'sync'], {
      env: { ...process.env, PORTCULLIS_AGENT_SOCKET: socket.path },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const [out, ended] = [text(child.stdout), once(child, 'exit')];
    const [said] = await once(child.stderr, 'data');
    expect(String(said)).toBe(
      'Fetching the policy from hub.acme.example. If it does not respond, this takes about 30 seconds.\n',
    );
    responds.resolve();
    expect(await ended).toEqual([0, null]);
    expect(await out).toBe('The policy is up to date.\n');
  });

  it('says why it failed, and exits with 1', async () => {
    const problem = { code: 'offline', message: 'This machine is offline.', next: 'Connect to a network.' };
    agent.answer({ 'sync.now': async () => ({ outcome: 'failed', problem }) });
    const { code, err } = await portcullis('sync');
    expect(code).toBe(1);
    expect(err.endsWith('portcullis: This machine is offline. Connect to a network. [offline]\n')).toBe(true);
    const asJson = await portcullis('sync', '--json');
    expect(asJson.code).toBe(1);
    expect(JSON.parse(asJson.out)).toEqual({ outcome: 'failed', problem });
  });
});

describe('portcullis report', () => {
  it('says where the agent has put it', async () => {
    const file = join(folder, 'portcullis-report.json');
    await writeFile(file, '{"summary":[]}\n');
    agent.answer({ 'report.save': async () => ({ file }) });
    expect((await portcullis('report')).out).toContain(`Report saved to ${file}\n`);
    expect((await portcullis('report', '--out', '-')).out).toBe('{"summary":[]}\n');
  });

  it('replaces no file', async () => {
    const file = join(folder, 'portcullis-report.json');
    await writeFile(file, '{}\n');
    agent.answer({ 'report.save': async () => ({ file }) });
    const there = join(folder, 'there.json');
    expect(await portcullis('report', '--out', there)).toMatchObject({ code: 0 });
    expect(await portcullis('report', '--out', there)).toMatchObject({
      code: 1,
      err: expect.stringContaining('[report-exists]'),
    });
  });

  it('is made of what the agent still tells where its disk is full', async () => {
    const problem = { code: 'cannot-write', message: 'The folder cannot be made.', cause: 'ENOSPC' };
    agent.answer({ 'report.save': () => Promise.reject(new ProblemError(problem)) });
    const { agent: told, agentProblem } = JSON.parse((await portcullis('report', '--out', '-')).out);
    expect(told.snapshot.state.code).toBe('P-ENFORCING');
    expect(agentProblem).toEqual(problem);
  });

  it('is made without the agent too', async () => {
    await socket.close();
    const { code, out } = await portcullis('report', '--out', '-');
    expect(code).toBe(0);
    const { agent: told, agentProblem, managedConfig, environment } = JSON.parse(out);
    expect(told).toBeNull();
    expect(agentProblem.code).toBe('agent-not-running');
    expect(managedConfig.length).toBeGreaterThan(0);
    expect(environment.platform).toBe(process.platform);
    socket = await serveAgentSocket(join(folder, 'run', 'agent.sock'), agent, silentLogger());
  });
});

describe('portcullis open', () => {
  it('prints an address where that is wanted, and nothing where a browser was opened', async () => {
    agent.answer({ 'panel.open': async ({ print }) => ({ url: print ? 'http://127.0.0.1:1/#code=x' : null }) });
    expect(await portcullis('open', '--print')).toMatchObject({ code: 0, out: 'http://127.0.0.1:1/#code=x\n' });
    expect(await portcullis('open')).toMatchObject({ code: 0, out: '' });
  });

  it('says that there is no browser, and what to do instead', async () => {
    const problem = { code: 'no-browser', message: 'No browser could be opened here.', next: 'Run it with --print.' };
    agent.answer({ 'panel.open': () => Promise.reject(new ProblemError(problem)) });
    expect(await portcullis('open')).toMatchObject({
      code: 1,
      err: 'portcullis: No browser could be opened here. Run it with --print. [no-browser]\n',
    });
  });
});
