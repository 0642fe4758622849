import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { createGatewayLink } from '../../../main/agent/enforcement/gateway-link.ts';
import { silentLogger } from '../../../main/platform/log/logger.ts';
import { systemClock } from '../../../main/platform/time/clock.ts';
import {
  CONTROL_PROTOCOL,
  controlEvents,
  controlMethods,
  isNeighbour,
} from '../../../shared/schemas/control-schema.ts';
import { startGateway, type TestGateway } from '../../support/gateway.ts';

/**
 * What a gateway of the version before said over its control socket, recorded from it, and the schemas by which its agent parsed answers
 * and events. To be recorded anew from the last release whenever `CONTROL_PROTOCOL` goes up.
 */
const Recorded = z.object({
  exchanges: z.array(
    z.object({
      request: z.object({ method: z.string(), params: z.record(z.string(), z.unknown()) }),
      answer: z.union([z.object({ result: z.unknown() }), z.object({ error: z.unknown() })]),
    }),
  ),
  events: z.array(z.object({ method: z.string(), params: z.unknown() })),
  schemas: z.object({ methods: z.record(z.string(), z.unknown()), events: z.record(z.string(), z.unknown()) }),
});
const before = Recorded.parse(JSON.parse(readFileSync(new URL('fixtures/protocol-0.json', import.meta.url), 'utf8')));
async function opened(path: string) {
  const socket = connect(path);
  await once(socket, 'connect');
  return socket;
}

const schemaOf = (schema: unknown): z.ZodType => z.fromJSONSchema(schema as never);

describe('a gateway of the version before, and this agent', () => {
  it('is understood in every answer and event', () => {
    for (const { request, answer } of before.exchanges) {
      if (!('result' in answer)) continue;
      const method = controlMethods[request.method as keyof typeof controlMethods];
      const parsed = method.result.safeParse(answer.result);
      expect(parsed.error, request.method).toBeUndefined();
    }
    for (const { method, params } of before.events) {
      expect(controlEvents[method as keyof typeof controlEvents].safeParse(params).error, method).toBeUndefined();
    }
  });

  it('is connected to, and is of protocol 0', async () => {
    let server: Server | undefined;
    const path = join(process.env.TMPDIR ?? '/tmp', `before-${process.pid}.sock`);
    try {
      // Says what was recorded, in its order for each method.
      const left = [...before.exchanges];
      server = createServer((socket) => {
        createInterface({ input: socket }).on('line', (line) => {
          const { id, method } = JSON.parse(line) as { id: number; method: string };
          const at = left.findIndex(({ request }) => request.method === method);
          const { answer } = (at < 0 ? undefined : left.splice(at, 1)[0]) ?? {
            answer: { error: { code: 1, message: 'none left' } },
          };
          socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, ...answer })}\n`);
        });
      });
      await new Promise<void>((resolve) => server?.listen(path, resolve));
      const link = createGatewayLink({
        connect: () => opened(path),
        clock: systemClock,
        random: () => 0.5,
        log: silentLogger(),
      });
      try {
        link.start();
        await expect.poll(() => link.state()).toMatchObject({ kind: 'up', status: { protocol: 0, version: '0.1.0' } });
      } finally {
        link.stop();
      }
    } finally {
      server?.close();
    }
  });
});

describe('this gateway, and an agent of the version before', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({});
  });
  afterAll(() => gateway.stop());

  it('says its protocol, which is a neighbour of the one before', async () => {
    expect((await gateway.status()).protocol).toBe(CONTROL_PROTOCOL);
    expect([0, 1, 2, 3].filter(isNeighbour)).toEqual([0, 1, 2]);
  });

  it('is understood by it in every state, and takes what it asks', async () => {
    await gateway.program();
    await gateway.query('gcr.io.');
    for (const { request, answer } of before.exchanges) {
      if (request.method === 'program') continue;
      const call = gateway.control.call(request.method as 'status', request.params as never);
      if (!('result' in answer)) {
        await expect(call).rejects.toMatchObject({ problem: { code: 'release-refused' } });
        continue;
      }
      const parsed = schemaOf(before.schemas.methods[request.method]).safeParse(await call);
      expect(parsed.error, request.method).toBeUndefined();
    }
    const program = schemaOf(before.schemas.methods.program).safeParse(await gateway.program({ revision: 2 }));
    expect(program.error).toBeUndefined();
  });

  it('would not be understood if it changed a member that the agent before reads', async () => {
    const status = await gateway.status();
    const parse = (changed: object) =>
      schemaOf(before.schemas.methods.status).safeParse({ ...status, ...changed }).success;
    expect(parse({})).toBe(true);
    expect(parse({ generation: 'nine' })).toBe(false);
    expect(parse({ inForce: { kind: 'new' } })).toBe(false);
  });
});
