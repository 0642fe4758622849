import { duplexPair, PassThrough } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { connectRpc, type RpcConnection, serveRpc } from '../../../../main/platform/net/json-rpc.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';

const methods = {
  double: { params: z.object({ value: z.number() }), result: z.object({ value: z.number() }) },
  refuse: { params: z.object({}), result: z.object({}) },
  listen: { params: z.object({}), result: z.object({}) },
};
const events = { tick: z.object({ count: z.number() }) };
const problem = { code: 'not-now', message: 'This cannot be done now.', next: 'Try later.' };

describe('JSON-RPC by lines', () => {
  const open: { destroy(): void }[] = [];
  afterEach(() => {
    for (const stream of open.splice(0)) stream.destroy();
  });

  function pair(maxLine = 1000) {
    const [here, there] = duplexPair();
    open.push(here, there);
    let listener: RpcConnection | undefined;
    serveRpc(
      there,
      methods,
      {
        double: ({ value }) => ({ value: value * 2 }),
        refuse: () => {
          throw new ProblemError(problem);
        },
        listen: (_params, connection) => {
          listener = connection;
          return {};
        },
      },
      { maxLine },
    );
    return { here, tick: (count: unknown) => listener?.notify('tick', { count }) };
  }

  /** What the server says to raw lines, up to its `count`th answer. */
  async function say(
    stream: ReturnType<typeof pair>['here'],
    text: string | Buffer,
    count: number,
  ): Promise<unknown[]> {
    const answers: unknown[] = [];
    const done = new Promise<void>((resolve) => {
      const lines = new PassThrough();
      stream.pipe(lines);
      let held = '';
      lines.on('data', (chunk) => {
        held += chunk;
        for (let feed = held.indexOf('\n'); feed !== -1; feed = held.indexOf('\n')) {
          answers.push(JSON.parse(held.slice(0, feed)));
          held = held.slice(feed + 1);
          if (answers.length === count) resolve();
        }
      });
      stream.on('end', () => resolve());
    });
    stream.write(text);
    await done;
    return answers;
  }

  it('carries a call and its result', async () => {
    const client = connectRpc(pair().here, methods, events, { maxLine: 1000 });
    expect(await client.call('double', { value: 21 })).toEqual({ value: 42 });
  });

  it('carries a refusal with its problem', async () => {
    const client = connectRpc(pair().here, methods, events, { maxLine: 1000 });
    await expect(client.call('refuse', {})).rejects.toMatchObject({ problem });
  });

  it('carries events to who listens, and drops those that are not as agreed', async () => {
    const { here, tick } = pair();
    const client = connectRpc(here, methods, events, { maxLine: 1000 });
    const seen: number[] = [];
    client.on('tick', ({ count }) => seen.push(count));
    await client.call('listen', {});
    tick('many');
    tick(1);
    await expect.poll(() => seen).toEqual([1]);
  });

  it('fails what is under way when the connection goes', async () => {
    const { here } = pair();
    const client = connectRpc(here, methods, events, { maxLine: 1000 });
    const call = client.call('double', { value: 1 });
    client.close();
    await expect(call).rejects.toMatchObject({ problem: { code: 'control-closed' } });
    await client.closed;
    await expect(client.call('double', { value: 1 })).rejects.toMatchObject({ problem: { code: 'control-closed' } });
  });

  it('takes a request without parameters, and one cut into pieces', async () => {
    const { here } = pair();
    const request = Buffer.from('{"jsonrpc":"2.0","id":"é","method":"listen"}\n');
    here.write(request.subarray(0, 20));
    expect(await say(here, request.subarray(20), 1)).toEqual([{ jsonrpc: '2.0', id: 'é', result: {} }]);
  });

  it.each<[string, string, number]>([
    ['what is not JSON', 'hello', -32700],
    ['bytes that are no text', '\u0000\u0001', -32700],
    ['a batch', '[{"jsonrpc":"2.0","id":1,"method":"listen"}]', -32600],
    ['a request without id', '{"jsonrpc":"2.0","method":"listen"}', -32600],
    ['another version', '{"jsonrpc":"1.0","id":1,"method":"listen"}', -32600],
    ['an unknown method', '{"jsonrpc":"2.0","id":1,"method":"constructor"}', -32601],
    ['parameters that do not fit', '{"jsonrpc":"2.0","id":1,"method":"double","params":{"value":"x"}}', -32602],
    ['parameters that are null', '{"jsonrpc":"2.0","id":1,"method":"double","params":null}', -32602],
  ])('answers %s with an error, and the next request as if nothing had been', async (_what, line, code) => {
    const answers = await say(pair().here, `${line}\n{"jsonrpc":"2.0","id":2,"method":"listen"}\n`, 2);
    expect(answers).toMatchObject([{ error: { code } }, { id: 2, result: {} }]);
  });

  it('ends a connection whose line is too long, after saying so', async () => {
    const answers = await say(pair(100).here, 'x'.repeat(101), 2);
    expect(answers).toMatchObject([{ id: null, error: { code: -32600 } }]);
  });
});
