import { z } from 'zod';
import { problem } from '../../shared/problems/catalogue.ts';
import { failure, type Problem, ProblemError, type Result, success } from '../../shared/problems/problem.ts';
import { type Supervised, supervise } from './supervise.ts';

export interface ElectronStartDeps {
  /** Why Electron cannot run here; null where it may. */
  whyNot: Problem | null;
  /** @returns the path of Electron's program */
  install: () => Promise<Result<string>>;
  /** Builds what Electron runs. */
  build: () => Promise<void>;
  /** Arguments of the program: the application and its options. */
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  onEnded: (reason: string, restartInMs: number) => void;
  onRestarted: () => void;
  onQuit: () => void;
}

/** Starts the tray app and keeps it running. Resolves once it is ready, or once it is clear that it will not be. */
export async function startElectron(deps: ElectronStartDeps): Promise<Result<Supervised>> {
  if (deps.whyNot !== null) return failure(deps.whyNot);
  const installed = await deps.install();
  if (!installed.ok) return installed;
  try {
    await deps.build();
  } catch (error) {
    return failure(problem('electron-build-failed', {}, { cause: causeOf(error) }));
  }
  // Inherited from a terminal inside another Electron program, it would turn this one into a plain Node.
  const { ELECTRON_RUN_AS_NODE: _plainNode, ...env } = deps.env;
  const supervised = supervise({
    name: 'tray',
    program: installed.value,
    args: [...deps.args],
    env,
    onEnded: deps.onEnded,
    onRestarted: deps.onRestarted,
    onQuit: deps.onQuit,
  });
  try {
    z.object({ ready: z.literal(true) }).parse(await supervised.ready);
    return success(supervised);
  } catch (error) {
    await supervised.stop();
    return failure(problem('electron-start-failed', {}, { cause: causeOf(error) }));
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof ProblemError ? (error.problem.cause ?? error.problem.message) : String(error);
  return cause.replace(/^Error: /, '').slice(0, 300);
}
