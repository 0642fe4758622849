import { z } from 'zod';

/** What follows from where an engine runs. */
interface EngineTraits {
  /** Its traffic passes the filter; else the agent asks the gateway itself, and every screen says that no engine is attached. */
  isAttached: boolean;
  /** It runs in a Linux guest on this machine, whose root user can change how it is attached. */
  isGuest: boolean;
}

/** Every kind of engine there is; a new one is a row here, and the compiler names what else it needs. */
export const engineKinds = {
  demo: { isAttached: false, isGuest: false },
  vm: { isAttached: true, isGuest: false },
  linux: { isAttached: true, isGuest: false },
  wsl: { isAttached: true, isGuest: true },
  lima: { isAttached: true, isGuest: true },
} as const satisfies Record<string, EngineTraits>;

export type EngineKind = keyof typeof engineKinds;
export const EngineKind = z.enum(Object.keys(engineKinds) as [EngineKind, ...EngineKind[]]);
