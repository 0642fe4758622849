import { chown, mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { statusAt } from '../../../main/cli/gateway-status.ts';
import { serveRpc } from '../../../main/platform/net/json-rpc.ts';
import { listen } from '../../../main/platform/net/listen.ts';
import { controlMethods } from '../../../shared/schemas/control-schema.ts';
import { gatewayStatus } from '../../support/gateway-status.ts';

const isRoot = process.geteuid?.() === 0;
const NOBODY = 65_534;

let folder: string;
let path: string;
let server: Server;
let calls: number;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pc-cli-gw-'));
  path = join(folder, 'control.sock');
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
    await statusAt(path);
    expect(calls).toBe(1);
  });

  it.skipIf(!isRoot)('tells nothing to a socket of another user, and believes nothing it says', async () => {
    await chown(path, NOBODY, NOBODY);
    await expect(statusAt(path)).rejects.toMatchObject({ problem: { code: 'gateway-untrusted' } });
    expect(calls).toBe(0);
  });
});
