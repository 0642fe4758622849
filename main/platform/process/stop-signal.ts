/**
 * Milliseconds. A library that cleans up on signals (`when-exit`, through `conf`) sends itself each signal again at once. That is not a
 * second Ctrl-C and must not cut the shutdown short.
 */
const ECHO_MS = 100;

/**
 * Aborts on the first SIGTERM or SIGINT, so that a process can shut down in order. A second one ends the process at once,
 * with the exit code a shell expects.
 *
 * A process that was started with an IPC channel also stops when that closes, because its supervisor is gone.
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
    // The channel must not keep a process alive that has nothing else to do.
    process.channel.unref();
  }
  return controller.signal;
}
