import { performance } from 'node:perf_hooks';
import { createBusyPoll } from './busy-poll.ts';
import type { Libc } from './libc.ts';

/**
 * Which descriptors have something to read, by epoll(7). Node's event loop is told of all of them together, by one descriptor;
 * and it is kept from sleeping while messages come so fast that each would have to wake it (`BusyPoll`).
 */
export interface LinuxPoll {
  /** Runs `handler` when there is something to read, for as long as there is. @throws Error with a `code` */
  watch(fd: number, handler: () => void): Watch;
}

export interface Watch {
  /** Before the descriptor is closed. */
  close(): void;
}

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const MOST_EVENTS = 64;
/** Looks before the event loop has its turn, about 0.2 ms; a look that finds something counts for more. */
const LOOKS_IN_A_ROW = 512;
const LOOKS_FOR_A_FIND = 64;
/** So many looks for each at the clock, whose numbers the collector has to carry away. */
const LOOKS_BY_THE_CLOCK = 8;

/** @param architecture `process.arch` */
export function createLinuxPoll(libc: Libc, architecture: string): LinuxPoll {
  const epollCreate = libc.func('int epoll_create1(int)');
  const epollCtl = libc.func('int epoll_ctl(int, int, int, void *)');
  const epollWait = libc.func('int epoll_wait(int, void *, int, int)');
  const schedYield = libc.func('int sched_yield()');

  // struct epoll_event: a word of events and two of data of our own. On x86-64 alone it is packed.
  const [words, dataAt] = architecture === 'x64' ? [3, 1] : [4, 2];
  const events = new Uint32Array(MOST_EVENTS * words);
  const added = new Uint32Array(words);
  const handlers: (undefined | (() => void))[] = [];
  let watched = 0;
  let epoll = -1;
  let byLoop: Watch | null = null;

  const alertness = createBusyPoll(() => performance.now());
  let isTurning = false;

  const look = (): boolean => {
    const count: number = epollWait(epoll, events, MOST_EVENTS, 0);
    if (count <= 0) return false;
    for (let i = 0; i < count; i += 1) {
      try {
        // None for what a handler before it has closed.
        handlers[events[i * words + dataAt] as number]?.();
      } catch (error) {
        setImmediate(() => {
          throw error;
        });
      }
    }
    alertness.heard();
    return true;
  };

  /**
   * Looks again for as long as that pays, and may do nothing at all: koffi calls from within the poll phase of the event loop
   * without what Node does around a callback, and microtasks and ticks would wait for the next that Node calls. This is that one.
   */
  const turn = (): void => {
    for (let looks = 0; looks < LOOKS_IN_A_ROW && watched > 0; looks += 1) {
      if (looks % LOOKS_BY_THE_CLOCK === 0 && !alertness.shouldPoll()) break;
      if (look()) looks += LOOKS_FOR_A_FIND - 1;
      // Whoever else wants this processor has it.
      else schedYield();
    }
    isTurning = watched > 0 && alertness.shouldPoll();
    if (isTurning) setImmediate(turn);
  };

  const lookByLoop = (): void => {
    look();
    if (isTurning) return;
    isTurning = true;
    setImmediate(turn);
  };

  const open = (): void => {
    epoll = epollCreate(EPOLL_CLOEXEC);
    if (epoll < 0) throw libc.failed('epoll_create1');
    libc.opened(epoll);
    byLoop = libc.koffi.node.poll(epoll, { readable: true }, lookByLoop);
  };

  const drop = (fd: number): void => {
    handlers[fd] = undefined;
    watched -= 1;
    if (watched > 0) return;
    byLoop?.close();
    byLoop = null;
    libc.close(epoll);
  };

  return {
    watch(fd, handler) {
      if (watched === 0) open();
      watched += 1;
      handlers[fd] = handler;
      added[0] = EPOLLIN;
      added[dataAt] = fd;
      if (epollCtl(epoll, EPOLL_CTL_ADD, fd, added) !== 0) {
        const error = libc.failed('epoll_ctl');
        drop(fd);
        throw error;
      }
      return {
        close() {
          epollCtl(epoll, EPOLL_CTL_DEL, fd, null);
          drop(fd);
        },
      };
    },
  };
}
