import { summaryText } from '../../../shared/messages/summary.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { GatewayStatus } from '../../../shared/schemas/control-schema.ts';
import type { DeniedHost, Transition } from '../../../shared/schemas/ipc-schema.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import type { CheckedFile } from '../../managed-config/check.ts';
import type { Environment } from './environment.ts';
import type { MachineFacts } from './machine/machine-facts.ts';

/** Everything support needs, in one file. It contains no tokens or passwords. */
export interface Report {
  /** Milliseconds since 1970. */
  at: number;
  environment: Environment;
  /** null: it is not running. */
  agent: {
    snapshot: Snapshot;
    /** Newest first, both. */
    transitions: readonly Transition[];
    denials: readonly DeniedHost[];
    machine: MachineFacts | null;
  } | null;
  /** Why the report was not made by the agent itself. */
  agentProblem: Problem | null;
  /** Its status, or why there is none. */
  gateway: GatewayStatus | Problem | null;
  /** Where they were read for this report; an agent's snapshot has them anyway. */
  managedConfig: readonly CheckedFile[] | null;
  /** The end of the agent's log: JSON lines, oldest first. */
  log: readonly string[];
}

/** User name and password in an address, such as a mirror's: up to the last @, because a password may contain one. */
const CREDENTIALS = /(?<scheme>[a-z][a-z0-9+.-]*:\/\/)[^\s/"]+@/gi;

/** JSON, with a summary in words on top. */
export function reportText(report: Report): string {
  const { at, environment, agent, agentProblem, gateway, managedConfig, log } = report;
  const summary =
    agent === null
      ? [agentProblem?.message ?? 'The agent was not asked.']
      : summaryText(agent.snapshot, at, wordsFor('en', 'en')).split('\n');
  const whole = {
    at: new Date(at).toISOString(),
    summary,
    environment,
    agentProblem,
    gateway,
    managedConfig,
    agent,
    log,
  };
  return `${JSON.stringify(whole, null, 2).replaceAll(CREDENTIALS, '$<scheme>[secret]@')}\n`;
}

/** `portcullis-report-K7Q4M2-20261121T120000Z.json`. @param id of the agent's run; null where none was asked. */
export function reportName(id: string | null, at: number): string {
  const when = new Date(at).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `portcullis-report-${id === null ? '' : `${id}-`}${when}.json`;
}
