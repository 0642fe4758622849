import { describe, expect, it } from 'vitest';
import type { Libc } from '../../../../main/gateway/native/libc.ts';
import { createLinuxPoll } from '../../../../main/gateway/native/linux-poll.ts';

const FD = 7;
/** So many in a row that a thread waits for the next one itself, however often something else stops it meanwhile. */
const MANY = 2_000;

/** Descriptor 7, with as much to read as `waiting` says; what Node's event loop watches calls back in a turn of its own. */
function machine() {
  const seen = { waiting: 0, loopWatches: false };
  let callback = (): void => undefined;
  const start = (_events: unknown, called: () => void): void => {
    seen.loopWatches = true;
    callback = called;
  };
  const stop = (): void => {
    seen.loopWatches = false;
  };
  const calls: Record<string, (...args: never[]) => number> = {
    epoll_create1: () => 3,
    epoll_ctl: () => 0,
    epoll_wait: (_epoll: number, events: Uint32Array) => {
      if (seen.waiting === 0) return 0;
      events[1] = FD;
      return 1;
    },
  };
  const libc = {
    koffi: {
      node: {
        poll(_fd: number, events: unknown, called: () => void) {
          start(events, called);
          return { start, stop, close: stop };
        },
      },
    },
    func: (declaration: string) => calls[/(\w+)\(/.exec(declaration)?.[1] ?? ''],
    recordOpened: () => undefined,
    close: () => undefined,
  } as unknown as Libc;
  const poll = createLinuxPoll(libc, 'x64');
  return {
    seen,
    poll,
    /** One turn of the event loop. */
    async turn() {
      if (seen.loopWatches && seen.waiting > 0) callback();
      await new Promise((done) => setImmediate(done));
    },
  };
}

describe('waiting for messages', () => {
  it('is left to the event loop where few come, and to nobody else meanwhile where many do', async () => {
    const { seen, poll, turn } = machine();
    const watchedDuring: boolean[] = [];
    const watch = poll.watch(FD, () => {
      seen.waiting -= 1;
      watchedDuring.push(seen.loopWatches);
    });
    seen.waiting = 1;
    await turn();
    expect({ read: watchedDuring.length, loopWatches: seen.loopWatches }).toEqual({ read: 1, loopWatches: true });

    seen.waiting = MANY;
    for (let turns = 0; turns < MANY && seen.waiting > 0; turns += 1) await turn();
    expect(seen.waiting).toBe(0);
    expect(watchedDuring).toContain(false);
    await turn();
    expect(seen.loopWatches).toBe(true);

    seen.waiting = 1;
    await turn();
    expect(seen.waiting).toBe(0);
    watch.close();
    expect(seen.loopWatches).toBe(false);
  });

  it('continues where a handler throws, and the error counts as uncaught', async () => {
    const { seen, poll, turn } = machine();
    const told: unknown[] = [];
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => told.push(error.message));
    try {
      poll.watch(FD, () => {
        seen.waiting -= 1;
        throw new Error('a fault');
      });
      seen.waiting = 2;
      for (let turns = 0; turns < 10; turns += 1) await turn();
    } finally {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    }
    expect({ told, waiting: seen.waiting }).toEqual({ told: ['a fault', 'a fault'], waiting: 0 });
  });
});
