import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Logger } from '../../platform/log/logger.ts';
import { listenOnSocket, prepareSocketPath } from '../../platform/net/unix-socket.ts';
import type { FirstOwner } from '../first-owner/first-owner.ts';
import { readJson, sendJson } from '../http/answers.ts';
import { exchangeOf } from '../http/exchange.ts';
import { answering, HttpProblem } from '../http/problem-response.ts';
import { createRouter, notFound } from '../http/router.ts';
import type { HubDatabase } from '../store/open-database.ts';
import { openBackup } from './backup.ts';

const MAX_BODY_BYTES = 1024;
const Wanted = z.strictObject({ organization: z.string().max(64).optional() });

/** In the data folder, which nobody but the hub's user and root can enter. */
export function operatorSocket(dataDir: string): string {
  return join(dataDir, 'operator.sock');
}

/**
 * What whoever runs this hub may ask of it: HTTP on a socket in its own folder.
 *
 * | call | answer |
 * |---|---|
 * | `POST /backup` | the database as it is now |
 * | `POST /first-owner` | `FirstOwnerCode` |
 *
 * Windows keeps no folder to one user by its mode; there is no such socket there. A folder whose path is too long for one is no reason not to
 * start.
 */
export async function openOperatorSocket(deps: {
  dataDir: string;
  database: HubDatabase;
  firstOwner: FirstOwner;
  random: (bytes: number) => Buffer;
  log: Logger;
}): Promise<AsyncDisposable> {
  const log = deps.log.child({ part: 'operator' });
  const route = createRouter({
    '/backup': { POST: ({ response }) => sendBackup(response) },
    '/first-owner': { POST: ({ request, response }) => sendFirstOwnerCode(request, response) },
  });

  async function sendBackup(response: ServerResponse): Promise<void> {
    if (deps.database.engine === 'postgres') throw new HttpProblem(409, problem('backup-of-postgres'));
    const copy = await openBackup(deps.database, deps.dataDir, deps.random);
    const { size } = await copy.stat();
    response.writeHead(200, { 'content-type': 'application/vnd.sqlite3', 'content-length': size });
    await pipeline(copy.createReadStream(), response);
    log.info({ size }, 'backup made');
  }

  async function sendFirstOwnerCode(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { organization } = await readJson(request, MAX_BODY_BYTES, Wanted, () => ({ problem: problem('not-found') }));
    sendJson(response, await deps.firstOwner.makeCode(organization));
    log.info('code for the first owner made');
  }

  const server = createServer((request, response) => {
    answering(response, log, () => {
      const exchange = exchangeOf(request, response, 'http://operator');
      if (exchange === null) throw notFound();
      return route(exchange);
    });
  });
  const close = async (): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    server.closeAllConnections();
    await promise;
  };
  if (process.platform !== 'win32') {
    const path = operatorSocket(deps.dataDir);
    try {
      const uid = process.getuid?.();
      await prepareSocketPath({ path, uid, folderMode: 0o700, foldersToCheck: 'own' });
      await listenOnSocket(server, path, 0o600);
    } catch (error) {
      log.warn({ err: error, path }, 'commands of the operator cannot reach this hub');
      return { [Symbol.asyncDispose]: async () => undefined };
    }
  }
  return { [Symbol.asyncDispose]: close };
}
