/**
 * Milliseconds. A library that cleans up on signals (`when-exit`, through `conf`) sends itself each one again, at once: that is no second
 * Ctrl-C, and must not cut short what the first began.
 */
const ECHO_MS = 100;

/**
 * Aborts on the first SIGTERM or SIGINT, so that a process can put its affairs in order. A second one ends the process
 * at once, with the exit code a shell expects: whoever presses Ctrl-C twice means it.
 *
 * A process that was started with an IPC channel also stops when that closes: its supervisor is gone, even if by SIGKILL.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController();
  let first = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (!controller.signal.aborted) {
      first = performance.now();
      controller.abort(name);
    } else if (performance.now() - first > ECHO_MS) {
      process.exit(name === 'SIGINT' ? 130 : 143);
    }
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  if (process.channel) {
    process.once('disconnect', () => controller.abort('disconnect'));
    // The channel is only listened to; it must not keep a process alive that has nothing else to do.
    process.channel.unref();
  }
  return controller.signal;
}
