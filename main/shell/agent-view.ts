import type { Problem } from '../../shared/problems/problem.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';

/** What the shell knows about its agent. The snapshot of an agent that has ended is never shown as if it were current. */
export type AgentView =
  | { kind: 'starting' }
  | { kind: 'running'; snapshot: Snapshot }
  /** It failed and is restarting. */
  | { kind: 'failed'; problem: Problem };
