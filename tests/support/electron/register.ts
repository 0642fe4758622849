import { z } from 'zod';
import { createElectronDouble } from './double.ts';
import { resolveToDouble } from './resolve-to-double.ts';

/**
 * `node --import` this file runs a program with `electron` resolved to the double. The test that started it drives it over the IPC channel:
 * it sends functions, which are called with the double here, as Playwright does with Electron itself.
 */
const options = z
  .object({ packaged: z.boolean().optional(), lock: z.boolean().optional() })
  .parse(JSON.parse(process.env.PORTCULLIS_ELECTRON_DOUBLE ?? '{}'));

const double = createElectronDouble({
  autoReady: true,
  onExit: (code) => process.exit(code),
  ...(options.packaged === undefined ? {} : { packaged: options.packaged }),
  ...(options.lock === undefined ? {} : { lock: options.lock }),
});
// A packaged program is called without the path of a script.
if (options.packaged) process.argv.splice(1, 1);

resolveToDouble(double);

const Order = z.object({ id: z.number(), source: z.string(), argument: z.unknown().optional() });

process.on('message', async (message) => {
  const { id, source: code, argument } = Order.parse(message);
  try {
    // biome-ignore lint/security/noGlobalEval: the test wrote it
    const order = globalThis.eval(`(${code})`) as (...args: unknown[]) => unknown;
    process.send?.({ id, value: await order(double, argument) });
  } catch (error) {
    process.send?.({ id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
});
