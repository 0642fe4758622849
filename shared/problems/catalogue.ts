import type { SpokenLanguage } from '../messages/languages.ts';
import { agentProblems } from './agent.ts';
import { attachmentProblems } from './attachment.ts';
import { attachmentAuditProblems } from './attachment-audit.ts';
import { cliProblems } from './cli.ts';
import { dashboardProblems } from './dashboard.ts';
import { demoProblems } from './demo.ts';
import { engineProblems } from './engine.ts';
import { gatewayProblems } from './gateway.ts';
import { guestProblems } from './guests.ts';
import { hostsProblems } from './hosts.ts';
import { hubProblems } from './hub.ts';
import { hubDatabaseProblems } from './hub-database.ts';
import { hubGrantProblems } from './hub-grants.ts';
import { hubIdentityProblems } from './hub-identity.ts';
import { hubListProblems } from './hub-lists.ts';
import { hubMachineProblems } from './hub-machines.ts';
import { hubOperatorProblems } from './hub-operator.ts';
import { hubPeopleProblems } from './hub-people.ts';
import { hubRequestProblems } from './hub-requests.ts';
import { hubWebhookProblems } from './hub-webhooks.ts';
import { importProblems } from './import.ts';
import { managedConfigProblems } from './managed-config.ts';
import { panelProblems } from './panel.ts';
import { platformProblems } from './platform.ts';
import { policyProblems } from './policy.ts';
import type { Problem } from './problem.ts';
import { receiptProblems } from './receipt.ts';
import { requestProblems } from './requests.ts';
import type { ProblemArgs, ProblemTexts } from './row.ts';
import { sessionProblems } from './session.ts';
import { shellProblems } from './shell.ts';
import { syncProblems } from './sync.ts';
import { transportProblems } from './transport.ts';

/** Every problem that a person can be told of, by its code. docs/problems.md is generated from it. */
export const problemCatalogue = {
  ...platformProblems,
  ...hostsProblems,
  ...policyProblems,
  ...managedConfigProblems,
  ...sessionProblems,
  ...syncProblems,
  ...requestProblems,
  ...engineProblems,
  ...agentProblems,
  ...transportProblems,
  ...gatewayProblems,
  ...receiptProblems,
  ...attachmentProblems,
  ...attachmentAuditProblems,
  ...guestProblems,
  ...hubProblems,
  ...hubOperatorProblems,
  ...hubDatabaseProblems,
  ...hubPeopleProblems,
  ...hubIdentityProblems,
  ...hubListProblems,
  ...hubRequestProblems,
  ...hubMachineProblems,
  ...hubGrantProblems,
  ...hubWebhookProblems,
  ...importProblems,
  ...cliProblems,
  ...shellProblems,
  ...panelProblems,
  ...dashboardProblems,
  ...demoProblems,
};

export type ProblemCode = keyof typeof problemCatalogue;
type ArgsOf<Code extends ProblemCode> = (typeof problemCatalogue)[Code]['example'];
type Details = { cause?: string | undefined };
type Rest<Args> = keyof Args extends never ? [args?: Args, details?: Details] : [args: Args, details?: Details];

const MAX_SENTENCE = 500;
const MAX_CAUSE = 1000;

/**
 * A problem of the catalogue, with its English sentences: those stand in logs and on the command line, and whoever shows a
 * problem in another language asks `problemIn`.
 *
 * @param rest `args` fills in the sentences; `cause` is what was seen, untranslated (an errno, an HTTP status, a file and line).
 */
export function problem<Code extends ProblemCode>(code: Code, ...rest: Rest<ArgsOf<Code>>): Problem {
  const [args = {}, { cause } = {}] = rest;
  const { message, next } = textsIn('en', code, args);
  return {
    code,
    ...(Object.keys(args).length === 0 ? {} : { args }),
    message,
    ...(cause === undefined || cause === '' ? {} : { cause: cause.slice(0, MAX_CAUSE) }),
    ...(next === undefined ? {} : { next }),
  };
}

/** The same problem in another language; as it is where it comes from a version whose catalogue differs from ours. */
export function problemIn<P extends Problem>(language: SpokenLanguage, problem: P): P {
  const { code, args = {}, message } = problem;
  if (language === 'en' || !isProblemCode(code)) return problem;
  try {
    if (textsIn('en', code, args).message !== message) return problem;
    return { ...problem, ...textsIn(language, code, args) };
  } catch {
    // Arguments of another type than ours: a neighbouring version.
    return problem;
  }
}

export function isProblemCode(code: string): code is ProblemCode {
  return Object.hasOwn(problemCatalogue, code);
}

function textsIn(language: SpokenLanguage, code: ProblemCode, args: ProblemArgs): { message: string; next?: string } {
  const rows: Record<string, Record<SpokenLanguage, ProblemTexts<never>>> = problemCatalogue;
  const texts = rows[code]?.[language];
  if (texts === undefined) throw new Error(`no row for ${code}`);
  const next = texts.next?.(args as never);
  return {
    message: texts.message(args as never).slice(0, MAX_SENTENCE),
    ...(next === undefined ? {} : { next: next.slice(0, MAX_SENTENCE) }),
  };
}
