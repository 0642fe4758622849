import { summaryText } from '../../../shared/messages/summary.ts';
import { wordsFor } from '../../../shared/messages/words.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import type { GatewayStatus } from '../../../shared/schemas/control-schema.ts';
import type { DeniedHost, Transition } from '../../../shared/schemas/ipc-schema.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import type { CheckedFile } from '../../managed-config/check.ts';
import type { Environment } from './environment.ts';
import type { MachineFacts } from './machine/machine-facts.ts';

/** All that support asks for, in one file that a user can send. It holds no token and no password. */
export interface Report {
  /** Milliseconds since 1970. */
  at: number;
  environment: Environment;
  /** null: it does not answer. */
  agent: {
    snapshot: Snapshot;
    /** Newest first, both. */
    transitions: readonly Transition[];
    denials: readonly DeniedHost[];
    machine: MachineFacts | null;
  } | null;
  /** Why the report was not made by the agent itself. */
  agentProblem: Problem | null;
  /** As it tells of itself, or why it does not. */
  gateway: GatewayStatus | Problem | null;
  /** The places of this machine, where they were read for this report: an agent's snapshot tells of them anyway. */
  managedConfig: readonly CheckedFile[] | null;
  /** The end of the agent's log: JSON lines, oldest first. */
  log: readonly string[];
}

/** A name and a password in an address, such as that of a mirror: up to the last @, for one may stand in the password too. */
const CREDENTIALS = /(?<scheme>[a-z][a-z0-9+.-]*:\/\/)[^\s/"]+@/gi;

/** JSON, with what is asked first on top, in words. */
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
