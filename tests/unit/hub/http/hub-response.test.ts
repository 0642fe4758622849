import { createServer, type RequestListener } from 'node:http';
import { expect, it } from 'vitest';
import { responseWith } from '../../../../main/hub/http/hub-response.ts';
import { listen } from '../../../../main/platform/net/listen.ts';

const GIVEN = { 'x-frame-options': 'DENY', 'cache-control': 'no-store' };

async function headersOf(answer: RequestListener): Promise<[string, string][]> {
  const server = createServer({ ServerResponse: responseWith(GIVEN) }, answer);
  await listen(server, { host: '127.0.0.1', port: 0 });
  try {
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const { headers } = await fetch(`http://127.0.0.1:${port}/`);
    return [...headers].filter(([name]) => !['connection', 'date', 'keep-alive', 'transfer-encoding'].includes(name));
  } finally {
    server.close();
  }
}

it.each<[string, RequestListener]>([
  ['without any of their own', (_request, response) => void response.writeHead(204).end()],
  ['whose head Node writes', (_request, response) => void response.end('text')],
  [
    'whose headers were all removed',
    (_request, response) => {
      response.setHeader('x-own', 'one');
      for (const name of response.getHeaderNames()) response.removeHeader(name);
      response.statusCode = 204;
      response.end();
    },
  ],
])('answers %s carry what was given', async (_name, answer) => {
  expect(await headersOf(answer)).toEqual(expect.arrayContaining(Object.entries(GIVEN)));
});

it.each<[string, RequestListener]>([
  [
    'in one piece',
    (_request, response) => void response.writeHead(204, { 'Cache-Control': 'private', 'x-own': 'one' }).end(),
  ],
  [
    'set before',
    (_request, response) => {
      response.setHeader('Cache-Control', 'private');
      response.setHeader('x-own', 'one');
      response.writeHead(204).end();
    },
  ],
  [
    'set before and given',
    (_request, response) => {
      response.setHeader('x-own', 'one');
      response.writeHead(204, { 'cache-control': 'private' }).end();
    },
  ],
  [
    'given with a reason',
    (_request, response) => {
      response.writeHead(204, 'Nothing', { 'cache-control': 'private', 'x-own': 'one' }).end();
    },
  ],
])('headers of their own, %s, take precedence', async (_name, answer) => {
  expect(await headersOf(answer)).toEqual([
    ['cache-control', 'private'],
    ['x-frame-options', 'DENY'],
    ['x-own', 'one'],
  ]);
});
