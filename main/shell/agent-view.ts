import type { Problem } from '../../shared/problems/problem.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';

/** What the shell knows of its agent. A snapshot is never shown past its agent's end, as if it still held. */
export type AgentView =
  | { kind: 'starting' }
  | { kind: 'running'; snapshot: Snapshot }
  /** It failed and is being started again. */
  | { kind: 'failed'; problem: Problem };
