import { z } from 'zod';
import { toProblem } from '../../shared/problems/problem.ts';
import type { Installed } from './install-electron.ts';
import { type Supervised, supervise } from './supervise.ts';

export type ElectronStart =
  | { ok: true; supervised: Supervised }
  /** @property because the end of a sentence */
  | { ok: false; because: string };

export interface ElectronStartDeps {
  /** Why it is not even tried; null where it is. */
  whyNot: string | null;
  install: () => Promise<Installed>;
  /** Builds what Electron runs. */
  build: () => Promise<void>;
  /** Behind the program: the application and its options. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  say: (line: string) => void;
}

/** The tray, kept running like the other processes; resolves once it is ready, or once it is clear that it will not be. */
export async function startElectron(deps: ElectronStartDeps): Promise<ElectronStart> {
  const { whyNot, say } = deps;
  if (whyNot !== null) return { ok: false, because: whyNot };
  const installed = await deps.install();
  if (!installed.ok) return installed;
  try {
    await deps.build();
  } catch (error) {
    return { ok: false, because: `it could not be built (${causeOf(error)})` };
  }
  // Inherited from a terminal inside another Electron program, it would make this one a bare Node.
  const { ELECTRON_RUN_AS_NODE: _bareNode, ...env } = deps.env;
  const supervised = supervise({
    name: 'tray',
    program: installed.program,
    args: [...deps.args],
    env,
    onEnded: (how, again) => say(`${how}; it is started again in ${again} ms. Nothing is loosened meanwhile.`),
    onRestarted: () => say('The tray runs again.'),
    onQuit: () => say('The tray was quit; the gateway goes on. Ctrl-C stops the rest.'),
  });
  try {
    z.object({ ready: z.literal(true) }).parse(await supervised.ready);
    return { ok: true, supervised };
  } catch (error) {
    await supervised.stop();
    return { ok: false, because: `it did not start (${causeOf(error)})` };
  }
}

function causeOf(error: unknown): string {
  const { cause, message } = toProblem(error, 'tray-failed', 'It said nothing.');
  return (cause ?? message).slice(0, 300);
}
