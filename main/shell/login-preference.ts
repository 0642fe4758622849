import { problem } from '../../shared/problems/catalogue.ts';
import { asProblem, type Problem, ProblemError } from '../../shared/problems/problem.ts';
import type { ManagedConfig } from '../../shared/schemas/managed-config.ts';
import { subscribe } from '../../shared/subscribe.ts';
import type { Logger } from '../platform/log/logger.ts';
import { createSerialQueue } from '../platform/process/serial-queue.ts';
import type { LoginItem } from './login-item.ts';
import type { ShellPreferences } from './preferences.ts';

/** "Start at login" takes effect in the system. Where that refuses, the setting shows what is so, and why. */
export function withLoginItem(stored: ShellPreferences, loginItem: LoginItem, log: Logger): ShellPreferences {
  const inTurn = createSerialQueue();
  const listeners = new Set<() => void>();
  /** What the system was asked for last. */
  let asked: boolean | null = null;
  let refusal: { wanted: boolean; problem: Problem } | null = null;

  const wantedBy = (managed: ManagedConfig): boolean => stored.view(managed).startAtLogin?.value ?? false;

  /** @returns why it is not so. */
  function bringAbout(wanted: boolean): Promise<Problem | null> {
    asked = wanted;
    return inTurn(async () => {
      const failed = await loginItem.set(wanted).then(
        () => null,
        (error: unknown) => asProblem(error, problem('unexpected')),
      );
      const before = refusal;
      refusal = failed === null || (await loginItem.isSet()) === wanted ? null : { wanted, problem: failed };
      if (refusal !== null) log.warn({ problem: refusal.problem, wanted }, 'start at login not changed');
      if (refusal !== null || before !== null) for (const listener of listeners) listener();
      return refusal?.problem ?? null;
    });
  }

  return {
    ...stored,
    view(managed) {
      const view = stored.view(managed);
      const setting = view.startAtLogin;
      if (setting === null || refusal === null || refusal.wanted !== setting.value) return view;
      return { ...view, startAtLogin: { ...setting, value: !setting.value, problem: refusal.problem } };
    },
    apply(managed) {
      stored.apply(managed);
      const wanted = wantedBy(managed);
      if (wanted !== asked) void bringAbout(wanted);
    },
    async set(change) {
      await stored.set(change);
      if (change.startAtLogin === undefined) return;
      const failed = await bringAbout(change.startAtLogin);
      if (failed !== null) throw new ProblemError(failed);
    },
    onChange(listener) {
      const stops = [stored.onChange(listener), subscribe(listeners, listener)];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}
