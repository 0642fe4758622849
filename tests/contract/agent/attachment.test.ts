import { once } from 'node:events';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DIRECT_PROBE_SUFFIX } from '../../../shared/probe-names.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { AttachmentAudit, AuditFinding } from '../../../shared/schemas/attachment.ts';
import { startTestAgent, type TestAgent } from '../../support/agent.ts';

const PULL = '/v4.0.0/libpod/images/pull';

/** Podman as root has attached it: it goes by the gateway's proxy, and by its DNS for what NO_PROXY names. */
async function startPodman(socket: string, gateway: () => TestAgent['gateway']): Promise<Server> {
  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://d');
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    if (pathname === '/version') return answer(200, { Components: [{ Name: 'Podman Engine', Version: '4.3.1' }] });
    if (pathname === '/info') {
      const HttpsProxy = 'http://10.200.0.1:3128';
      return answer(200, { ServerVersion: '4.3.1', HttpsProxy, NoProxy: `.${DIRECT_PROBE_SUFFIX}` });
    }
    if (pathname !== PULL) return answer(404, { message: 'Not Found' });
    const [host = ''] = searchParams.get('reference')?.split('/') ?? [];
    const start = `initializing source docker://${host}/x: pinging container registry ${host}: Get "https://${host}/v2/": `;
    if (!host.endsWith(DIRECT_PROBE_SUFFIX)) {
      const { phrase } = await gateway().connect(`${host}:443`);
      return answer(200, { error: `${start}${phrase}` });
    }
    const { rcode } = await gateway().query(host);
    return answer(200, {
      error: `${start}dial tcp: lookup ${host} on 10.200.0.1:53: ${rcode === 'NXDOMAIN' ? 'no such host' : rcode}`,
    });
  });
  server.listen(socket);
  await once(server, 'listening');
  return server;
}

describe.runIf(process.platform !== 'win32')('an agent on a machine whose engine root has attached', () => {
  let folder: string;
  let test: TestAgent;
  let podman: Server;
  let audit: AttachmentAudit;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'portcullis-podman-'));
    const socket = join(folder, 'podman.sock');
    podman = await startPodman(socket, () => test.gateway);
    audit = {
      version: 1,
      at: Date.now(),
      engines: [
        {
          ...{ id: 'podman', name: 'Podman', version: '4.3.1', running: true, hold: 'wall' },
          ...{ socket: `unix://${socket}`, command: null },
        },
      ],
      findings: [],
      ...{ probes: [], probedGateway: null },
    };
    test = await startTestAgent({
      hub: { organizations: [{ name: 'acme', settings: { enabled: true, mode: 'enforce', registries: [] } }] },
      engine: { kind: 'linux', name: 'Docker Engine' },
    });
    await write('attachment.json', {});
    await write('audit.json', audit);
  });
  afterAll(async () => {
    await test?.stop();
    podman?.closeAllConnections();
    podman?.close();
    await rm(folder, { recursive: true, force: true });
  });

  /** As root's audit does: replaced by renaming. */
  async function write(name: 'attachment.json' | 'audit.json', content: object): Promise<void> {
    const place = join(test.gateway.managedFolder, 'attachment');
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'new'), JSON.stringify(content));
    await rename(join(place, 'new'), join(place, name));
  }
  const finding = (severity: AuditFinding['severity'], code: 'attachment-wall-gone' | 'attachment-wall-changed') => ({
    ...{ severity, engine: null },
    problem: problem(code),
  });

  it('asks that engine, though nothing names it, and proves both walls through it', async () => {
    await test.signIn('mia');
    const { state, engine, engines, walls } = await test.until('enforcing');
    expect(state.look).toBe('green');
    expect(engine).toEqual({ kind: 'linux', name: 'Podman', socket: audit.engines[0]?.socket });
    expect(engines).toMatchObject([{ name: 'Podman', hold: 'wall', wayPast: false }]);
    expect(walls).toMatchObject({ dns: { kind: 'proven' }, proxy: { kind: 'proven' } });
  });

  it('is red while the audit knows a way past, though every probe is denied', async () => {
    await write('audit.json', { ...audit, findings: [finding('open', 'attachment-wall-gone')] });
    const { filter, engines } = await test.until('not-enforcing');
    expect(filter).toMatchObject({ problem: { code: 'attachment-wall-gone' } });
    expect(engines).toMatchObject([{ wayPast: true }]);
  });

  it('has a caveat while something is weakened, and is green', async () => {
    await write('audit.json', { ...audit, findings: [finding('weakened', 'attachment-wall-changed')] });
    const { state, caveats } = await test.until('enforcing');
    expect(state.look).toBe('green');
    expect(caveats.find(({ code }) => code === 'attachment-weakened')).toMatchObject({ applies: 'yes' });
  });

  it('is not green without an audit, goes on asking the same engine, and says why', async () => {
    await rm(join(test.gateway.managedFolder, 'attachment', 'audit.json'));
    const { state, health, engine } = await test.until(
      ({ state }) => state.id === 'enforcing' && state.look !== 'green',
    );
    expect(state.look).toBe('amber');
    expect(engine.name).toBe('Podman');
    expect(health[0]).toMatchObject({ code: 'attachment-audit-missing', forbidsGreen: true });
  });
});
