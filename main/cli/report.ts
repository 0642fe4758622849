import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { terminalSafeJson } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { asProblem, type Problem, ProblemError } from '../../shared/problems/problem.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import { MAX_PAGE } from '../../shared/schemas/ipc-schema.ts';
import type { Report } from '../agent/diagnostics/report.ts';
import { printLine } from './print.ts';

/** `portcullis report`: everything support needs, in one file. Works without a running agent too. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('save everything support needs in one file: state, history, blocked hosts, machine, log')
    .option(
      '--out <file>',
      'where to write; - for standard output (default: the folder of the agent, or this one if it is not running)',
    )
    .addHelpText('after', '\nThe report contains names of users, hosts and files, but no tokens or passwords.')
    .action(async ({ out }: { out?: string }) => {
      const made = await savedByAgent().catch(async (error: unknown) => {
        if (!(error instanceof ProblemError) || !WITHOUT_AGENT.has(error.problem.code)) throw error;
        return withoutAgent(error.problem);
      });
      if (out === '-') {
        process.stdout.write(terminalSafeJson(made.text));
        return;
      }
      const file = out ?? made.file ?? made.name;
      if (file !== made.file) await writeNew(file, made.text);
      if (made.agentProblem !== null) printLine(`Created without the agent: ${problemText(made.agentProblem)}`);
      printLine(`Report saved to ${resolve(file)}`);
      printLine(
        'It contains names of users, hosts and files, but no tokens or passwords. Review it before you send it.',
      );
    });
}

interface Made {
  text: string;
  /** Where the agent saved it; null if it was created here. */
  file: string | null;
  name: string;
  agentProblem: Problem | null;
}

/** The agent does not answer or its disk is full, which is when a report is needed most. */
const WITHOUT_AGENT = new Set(['agent-not-running', 'agent-silent', 'agent-gone', 'cannot-write']);

async function savedByAgent(): Promise<Made> {
  const { askAgent } = await import('./ask-agent.ts');
  const { file } = await askAgent((client) => client.call('report.save', {}));
  return { text: await readFile(file, 'utf8'), file, name: file, agentProblem: null };
}

/** What the agent can tell without writing a file, if it runs. */
async function agentSection(): Promise<Report['agent']> {
  const { askAgent } = await import('./ask-agent.ts');
  const snapshot = askAgent((client) => client.call('snapshot.get', {}));
  const transitions = askAgent((client) => client.call('transitions.list', { limit: MAX_PAGE }));
  const denials = askAgent((client) => client.call('denials.list', { limit: MAX_PAGE }));
  const answers = await Promise.all([snapshot, transitions, denials]).catch(() => null);
  return answers && { snapshot: answers[0], transitions: answers[1].items, denials: answers[2].items, machine: null };
}

/** From what this user can read, and from the gateway. */
async function withoutAgent(agentProblem: Problem): Promise<Made> {
  const { thisEnvironment } = await import('../agent/diagnostics/environment.ts');
  const { reportName, reportText } = await import('../agent/diagnostics/report.ts');
  const { fileTail } = await import('../platform/fs/file-tail.ts');
  const { agentStateFolder, demoFolder } = await import('../platform/fs/places.ts');
  const { statusAt } = await import('./gateway-status.ts');
  const { thisGateway } = await import('./this-gateway.ts');
  const { checkFiles } = await import('./managed-config.ts');
  const at = Date.now();
  const gateway = await thisGateway()
    .then(statusAt)
    .catch((error: unknown) => asProblem(error, problem('gateway-away')));
  const logs = [join(agentStateFolder(), 'agent.log'), join(demoFolder(), 'agent', 'agent.log')];
  const tails = await Promise.all(logs.map((log) => fileTail(log, 256 * 1024)));
  const text = reportText({
    at,
    environment: thisEnvironment(process.env),
    agent: await agentSection(),
    agentProblem,
    gateway,
    managedConfig: await checkFiles([]),
    log: tails.find((lines) => lines.length > 0) ?? [],
  });
  return { text, file: null, name: reportName(null, at), agentProblem };
}

/** Never replaces a file. @throws ProblemError `report-exists`, `output-not-written` */
async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new ProblemError(problem('report-exists', { file }));
    throw new ProblemError(problem('output-not-written', { file }, { cause: error.code ?? error.message }));
  });
}
