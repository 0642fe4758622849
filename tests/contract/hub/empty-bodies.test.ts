import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startHub, type TestHub } from '../../support/hub.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await startHub();
});
afterAll(() => hub.stop());

/** Sends them one behind the other on one connection, as they are written here. @returns the status of each answer */
async function statuses(requests: readonly string[], bearer: string): Promise<number[]> {
  const { host, port } = new URL(hub.url);
  const socket = connect(Number(port), '127.0.0.1');
  await once(socket, 'connect');
  const head = [`host: ${host}`, `authorization: Bearer ${bearer}`];
  const heads = requests.map((request, index) => {
    const [line, ...headers] = request.split('\n');
    const last = index === requests.length - 1 ? ['connection: close'] : [];
    return [`${line} HTTP/1.1`, ...head, ...headers, ...last, '', ''].join('\r\n');
  });
  socket.write(heads.join(''));
  const answers = await text(socket);
  return [...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => Number(status));
}

/** What is asked without a body, and the answer. */
const REQUESTS: [request: string, status: number][] = [
  ['GET /v1/me', 200],
  ['PUT /v1/orgs/acme/registry-access/settings', 428],
  ['PUT /v1/orgs/acme/registry-access/settings\nif-match: *', 415],
  ['PUT /v1/orgs/acme/registry-access/settings\ncontent-type: application/json\nif-match: *', 422],
  ['POST /v1/orgs/acme/machines/reports\ncontent-type: application/json\ncontent-length: 0', 422],
  ['POST /v1/orgs/acme/machines/reports\ncontent-type: application/json', 422],
  ['DELETE /v1/orgs/acme/machines/codes', 204],
  ['POST /oidc/token', 400],
  ['POST /oidc/token\ncontent-length: 0', 400],
  ['POST /oidc/token\ncontent-type: application/x-www-form-urlencoded\ncontent-length: 0', 400],
  ['POST /interaction/none\ncontent-type: application/x-www-form-urlencoded\ncontent-length: 0', 400],
  ['GET /v1/me', 200],
];

it('a request without a body is answered like one whose body is empty, and what follows it too', async () => {
  const got = await statuses(
    REQUESTS.map(([request]) => request),
    await hub.signIn('olivia'),
  );
  expect(got).toEqual(REQUESTS.map(([, status]) => status));
});
