import type pg from 'pg';
import type { Compiled } from './compiled.ts';
import type { Outcome } from './database.ts';
import { outcomeOf } from './postgres-client.ts';

/** One connection for statements that take next to no time: they are sent as they come, one behind the other, and answered in their order. */
export interface Lane {
  ask: (statement: Compiled) => Promise<Outcome>;
  close: () => Promise<void>;
}

/**
 * What is asked in one turn of the event loop leaves in one write, which costs this process more than all else about a short statement. A
 * statement outside of transactions is one of its own, also here.
 *
 * @param create a client in pipeline mode, which is not connected yet
 */
export function createLane(create: () => pg.Client): Lane {
  let present: Promise<pg.Client> | null = null;
  let isClosed = false;

  function connected(): Promise<pg.Client> {
    if (present !== null) return present;
    const client = create();
    const connecting = client.connect().then(() => client);
    const drop = (): void => {
      if (present === connecting) present = null;
    };
    client.on('end', drop).on('error', drop);
    connecting.catch(drop);
    present = connecting;
    return connecting;
  }

  return {
    ask: async ({ text, parameters }) => {
      if (isClosed) throw new Error('the database is closed');
      const client = await connected();
      gather(client.connection.stream);
      return outcomeOf(await client.query(text, [...parameters]));
    },
    close: async () => {
      isClosed = true;
      await (await present?.catch(() => null))?.end();
    },
  };
}

const gathering = new WeakSet<object>();

/** Until this turn of the event loop is over. */
function gather(stream: pg.Connection['stream']): void {
  if (gathering.has(stream)) return;
  gathering.add(stream);
  stream.cork();
  setImmediate(() => {
    gathering.delete(stream);
    stream.uncork();
  });
}
