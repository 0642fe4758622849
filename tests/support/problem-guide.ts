import { agentProblems } from '../../shared/problems/agent.ts';
import { attachmentProblems } from '../../shared/problems/attachment.ts';
import { attachmentAuditProblems } from '../../shared/problems/attachment-audit.ts';
import { cliProblems } from '../../shared/problems/cli.ts';
import { dashboardProblems } from '../../shared/problems/dashboard.ts';
import { demoProblems } from '../../shared/problems/demo.ts';
import { engineProblems } from '../../shared/problems/engine.ts';
import { gatewayProblems } from '../../shared/problems/gateway.ts';
import { guestProblems } from '../../shared/problems/guests.ts';
import { hostsProblems } from '../../shared/problems/hosts.ts';
import { hubProblems } from '../../shared/problems/hub.ts';
import { hubDatabaseProblems } from '../../shared/problems/hub-database.ts';
import { hubGrantProblems } from '../../shared/problems/hub-grants.ts';
import { hubIdentityProblems } from '../../shared/problems/hub-identity.ts';
import { hubListProblems } from '../../shared/problems/hub-lists.ts';
import { hubMachineProblems } from '../../shared/problems/hub-machines.ts';
import { hubOperatorProblems } from '../../shared/problems/hub-operator.ts';
import { hubPeopleProblems } from '../../shared/problems/hub-people.ts';
import { hubRequestProblems } from '../../shared/problems/hub-requests.ts';
import { hubWebhookProblems } from '../../shared/problems/hub-webhooks.ts';
import { importProblems } from '../../shared/problems/import.ts';
import { managedConfigProblems } from '../../shared/problems/managed-config.ts';
import { panelProblems } from '../../shared/problems/panel.ts';
import { platformProblems } from '../../shared/problems/platform.ts';
import { policyProblems } from '../../shared/problems/policy.ts';
import { receiptProblems } from '../../shared/problems/receipt.ts';
import { requestProblems } from '../../shared/problems/requests.ts';
import type { ProblemTexts } from '../../shared/problems/row.ts';
import { sessionProblems } from '../../shared/problems/session.ts';
import { shellProblems } from '../../shared/problems/shell.ts';
import { syncProblems } from '../../shared/problems/sync.ts';
import { transportProblems } from '../../shared/problems/transport.ts';

type Rows = Readonly<Record<string, { readonly example: object; readonly en: ProblemTexts<never> }>>;

/** The parts of the catalogue, in the order in which a person meets them. Together they are all of it; the guide's test holds that. */
const SECTIONS: readonly [title: string, ...rows: Rows[]][] = [
  ['Configuration files', managedConfigProblems],
  ['Signing in', sessionProblems],
  ['Fetching the policy', syncProblems],
  ['Requesting access', requestProblems],
  ['Verifying the policy', policyProblems],
  ['The gateway', gatewayProblems, receiptProblems],
  ['The container engine', engineProblems, attachmentProblems, attachmentAuditProblems, guestProblems],
  ['Registry addresses and image references', hostsProblems],
  [
    'The hub',
    { ...hubProblems, ...hubPeopleProblems, ...hubListProblems, ...hubGrantProblems },
    hubRequestProblems,
    hubWebhookProblems,
    hubIdentityProblems,
    hubOperatorProblems,
    hubDatabaseProblems,
  ],
  ['Machines', hubMachineProblems],
  ['Importing a list', importProblems],
  ['Dashboard', dashboardProblems],
  ['Agent, command line, tray and panel', agentProblems, transportProblems, cliProblems, shellProblems, panelProblems],
  ['Files, network and programs', platformProblems],
  ['The demo', demoProblems],
];

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ');

/** docs/problems.md. */
export function problemGuide(): string {
  const sections = SECTIONS.flatMap(([title, ...parts]) => {
    const rows = parts
      .flatMap((part) => Object.entries(part))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([code, { example, en }]) => {
        const { message, next } = en as ProblemTexts<object>;
        return `| \`${code}\` | ${cell(message(example))} | ${cell(next?.(example) ?? '')} |`;
      });
    return rows.length === 0
      ? []
      : [[`## ${title}`, '', '| code | problem | next step |', '|---|---|---|', ...rows, ''].join('\n')];
  });
  return `# Problems by code

Every problem has the same form on every screen, in the terminal and in the logs: one sentence, the next step, and in small print a
code and the cause. The cause is what was seen: a file with line and column, an HTTP status, an \`errno\`. Codes do not change between
versions, so they can be searched for and read out on the phone. The names and numbers on this page are examples.

This page is generated from \`shared/problems/\`: \`npm run docs\`.

${sections.join('\n').trimEnd()}
`;
}
