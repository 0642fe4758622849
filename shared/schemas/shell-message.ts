import { z } from 'zod';
import { Problem } from '../problems/problem.ts';
import { EventMessage } from './ipc-schema.ts';

/** What Electron's main process sends its panel without being asked. */
export const ShellMessage = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('event'), message: EventMessage }),
  /** The agent has failed and is being restarted; a snapshot follows once it is back. */
  z.object({ kind: z.literal('agent-gone'), problem: Problem }),
  /** Somebody wants to know whether this may be pulled: from the tray, a notification or a link. */
  z.object({ kind: z.literal('check'), subject: z.string() }),
  /** A request for access is filled in. `link`: by whoever wrote the link, and not by this program. Only the user sends it. */
  z.object({ kind: z.literal('request'), subject: z.string(), from: z.enum(['notification', 'link']) }),
]);
export type ShellMessage = z.infer<typeof ShellMessage>;
