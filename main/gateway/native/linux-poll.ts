import { performance } from 'node:perf_hooks';
import { createDirectWait } from './direct-wait.ts';
import type { Libc } from './libc.ts';

/**
 * Watches descriptors with epoll(7). Node's event loop watches all of them through one descriptor; while messages come so fast that each
 * would cost a turn of it, the thread waits for the next ones itself (`DirectWait`) and the loop watches nothing.
 */
export interface LinuxPoll {
  /** Runs `handler` as long as there is something to read. @throws Error with a `code` */
  watch(fd: number, handler: () => void): Watch;
}

export interface Watch {
  /** Call it before the descriptor is closed. */
  close(): void;
}

const EPOLL_CLOEXEC = 0o2000000;
const EPOLL_CTL_ADD = 1;
const EPOLL_CTL_DEL = 2;
const EPOLLIN = 1;
const MAX_EVENTS = 64;
/** Reads before the event loop has its turn. */
const READS_IN_A_ROW = 8;
/** How long the event loop waits at most for a message that does not come. */
const WAIT_MS = 1;

/** @param architecture `process.arch` */
export function createLinuxPoll(libc: Libc, architecture: string): LinuxPoll {
  const epollCreate = libc.func('int epoll_create1(int)');
  const epollCtl = libc.func('int epoll_ctl(int, int, int, void *)');
  const epollWait = libc.func('int epoll_wait(int, void *, int, int)');

  // struct epoll_event: a word of events and two of data of our own. Packed on x86-64 only.
  const [words, dataAt] = architecture === 'x64' ? [3, 1] : [4, 2];
  const events = new Uint32Array(MAX_EVENTS * words);
  const added = new Uint32Array(words);
  const handlers: (undefined | (() => void))[] = [];
  let watched = 0;
  let epoll = -1;
  let loopWatch: ReturnType<typeof libc.koffi.node.poll> | null = null;
  let isLoopWatching = false;

  const directWait = createDirectWait(() => performance.now());
  let isScheduled = false;

  /** Handles what there is to read, or comes within `waitMs`. Returns whether there was anything. */
  const readOnce = (waitMs: number): boolean => {
    const count: number = epollWait(epoll, events, MAX_EVENTS, waitMs);
    if (count <= 0) return false;
    for (let i = 0; i < count; i += 1) {
      try {
        // Undefined where an earlier handler has closed it.
        handlers[events[i * words + dataAt] as number]?.();
      } catch (error) {
        setImmediate(() => {
          throw error;
        });
      }
    }
    directWait.messagesReceived();
    return true;
  };

  const readInARow = (): boolean => {
    for (let reads = 0; reads < READS_IN_A_ROW; reads += 1) {
      if (watched === 0 || !directWait.isWorthIt() || !readOnce(WAIT_MS)) return false;
    }
    return true;
  };

  /**
   * Waits and reads for as long as that pays. It runs after every read even if it waits for nothing: koffi calls us without what
   * Node does around a callback, so microtasks and ticks would wait for the next callback that Node makes. This is that callback.
   */
  const runDirectWait = (): void => {
    isScheduled = readInARow();
    if (isScheduled) setImmediate(runDirectWait);
    watchFromLoop(!isScheduled);
  };

  const onReadable = (): void => {
    readOnce(0);
    if (isScheduled) return;
    isScheduled = true;
    setImmediate(runDirectWait);
  };

  const watchFromLoop = (wanted: boolean): void => {
    if (wanted === isLoopWatching) return;
    isLoopWatching = wanted;
    if (wanted) loopWatch?.start({ readable: true }, onReadable);
    else loopWatch?.stop();
  };

  const openEpoll = (): void => {
    epoll = epollCreate(EPOLL_CLOEXEC);
    if (epoll < 0) throw libc.lastError('epoll_create1');
    libc.recordOpened(epoll);
    loopWatch = libc.koffi.node.poll(epoll, { readable: true }, onReadable);
    isLoopWatching = true;
  };

  const removeHandler = (fd: number): void => {
    handlers[fd] = undefined;
    watched -= 1;
    if (watched > 0) return;
    loopWatch?.close();
    loopWatch = null;
    libc.close(epoll);
  };

  return {
    watch(fd, handler) {
      if (watched === 0) openEpoll();
      watched += 1;
      handlers[fd] = handler;
      added[0] = EPOLLIN;
      added[dataAt] = fd;
      if (epollCtl(epoll, EPOLL_CTL_ADD, fd, added) !== 0) {
        const error = libc.lastError('epoll_ctl');
        removeHandler(fd);
        throw error;
      }
      return {
        close() {
          epollCtl(epoll, EPOLL_CTL_DEL, fd, null);
          removeHandler(fd);
        },
      };
    },
  };
}
