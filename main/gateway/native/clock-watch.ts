import { openLibc } from './libc.ts';
import { MAX_DESCRIPTORS } from './open-descriptors.ts';

/** The numbers and layouts of Linux on x86-64 and arm64. */
const CLOCK_REALTIME = 0;
const TFD_NONBLOCK = 0o4000;
const TFD_CLOEXEC = 0o2000000;
const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;
/** Seconds since 1970: in the year 2261, about as late as the kernel can count in nanoseconds. */
const NEVER = 9_200_000_000n;

/** Is told at once when somebody sets the wall clock, and when the machine wakes from sleep. */
export interface ClockListener {
  onSet(): void;
  /** From now on nobody is told any more. */
  onLost(): void;
}

/** @returns how to stop; null where the kernel does not take it */
export type WatchClock = (listener: ClockListener) => (() => void) | null;

/**
 * A timer that never ends, which the kernel cancels when the clock is set: timerfd_create(2), TFD_TIMER_CANCEL_ON_SET.
 *
 * null where Linux's own calls cannot be made: see `openLibc`.
 */
export async function openClockWatch(
  platform: string = process.platform,
  architecture: string = process.arch,
): Promise<WatchClock | null> {
  const libc = await openLibc(new Uint8Array(MAX_DESCRIPTORS), platform, architecture);
  if (libc === null) return null;
  const create = libc.func('int timerfd_create(int, int)');
  const arm = libc.func('int timerfd_settime(int, int, void *, void *)');
  const read = libc.func('long read(int, void *, size_t)');
  // struct itimerspec: no interval; seconds and nanoseconds of the end.
  const end = BigUint64Array.of(0n, 0n, NEVER, 0n);
  const count = new Uint8Array(8);
  return ({ onSet, onLost }) => {
    const fd: number = create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return null;
    libc.recordOpened(fd);
    if (arm(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, end, null) !== 0) {
      libc.close(fd);
      return null;
    }
    let poll: { close(): void } | null = null;
    const close = (): void => {
      if (poll === null) return;
      poll.close();
      poll = null;
      libc.close(fd);
    };
    poll = libc.koffi.node.poll(fd, { readable: true }, () => {
      const code = read(fd, count, count.length) < 0 ? libc.lastError('read').code : 'ended';
      if (code === 'EAGAIN') return;
      if (code !== 'ECANCELED') close();
      // As a turn of the event loop of its own: koffi calls us without what Node does around a callback.
      setImmediate(code === 'ECANCELED' ? onSet : onLost);
    });
    return close;
  };
}
