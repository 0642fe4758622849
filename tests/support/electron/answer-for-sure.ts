import type { ElectronApplication } from '@playwright/test';

interface Question {
  id: number;
  run: string;
  arg: unknown;
}

/** How often one question is asked. With a collection forced each millisecond one answer in eight was lost. */
const ATTEMPTS = 5;

let asked = 0;

/**
 * Makes `evaluate` survive a garbage collection. Playwright awaits the answer of Electron's main process through a handle that does not keep
 * it alive, so a collection at the wrong moment fails the call, be the function asynchronous or not
 * (https://github.com/microsoft/playwright/issues/33737). Here the answer is kept where it was made, and asked for again: what is asked runs once.
 */
export function answerForSure(app: ElectronApplication): ElectronApplication {
  const evaluate = app.evaluate.bind(app);
  const askUntilAnswered = async (run: unknown, arg: unknown): Promise<unknown> => {
    asked += 1;
    const question = { id: asked, run: String(run), arg };
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await evaluate(keepAnswer, question);
      } catch (error) {
        if (attempt === ATTEMPTS || !String(error).includes('promise was garbage collected')) throw error;
      }
    }
  };
  return Object.assign(app, { evaluate: askUntilAnswered });
}

/** Runs in Electron's main process, so it uses nothing from around it. */
function keepAnswer(electron: unknown, { id, run, arg }: Question): unknown {
  const kept = globalThis as typeof globalThis & { answersInTest?: Map<number, unknown> };
  kept.answersInTest ??= new Map<number, unknown>();
  const answers = kept.answersInTest;
  // biome-ignore lint/security/noGlobalEval: a function of the test's own, which Playwright would evaluate alike
  if (!answers.has(id)) answers.set(id, globalThis.eval(`(${run})`)(electron, arg));
  // Those before have been answered.
  answers.delete(id - 100);
  return answers.get(id);
}
