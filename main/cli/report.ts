import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type Problem, ProblemError, toProblem } from '../../shared/problems/problem.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import { MAX_PAGE } from '../../shared/schemas/ipc-schema.ts';
import type { Report } from '../agent/diagnostics/report.ts';
import { printLine } from './print.ts';

/** `portcullis report`: all that support asks for, in one file. It is also made where the agent does not run. */
export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('write all that support asks for into one file: state, history, refusals, machine, log')
    .option(
      '--out <file>',
      'where to; - for standard output (default: the folder of the agent, or this one without it)',
    )
    .addHelpText('after', '\nIt names users, hosts and files of this machine. It holds no token and no password.')
    .action(async ({ out }: { out?: string }) => {
      const made = await byAgent().catch(async (error: unknown) => {
        if (!(error instanceof ProblemError) || !NOT_BY_AGENT.has(error.problem.code)) throw error;
        return byOurselves(error.problem);
      });
      if (out === '-') {
        process.stdout.write(made.text);
        return;
      }
      const file = out ?? made.file ?? made.name;
      if (file !== made.file) await writeNew(file, made.text);
      if (made.agentProblem !== null) printLine(`Not made by the agent: ${problemText(made.agentProblem)}`);
      printLine(`Wrote ${resolve(file)}`);
      printLine(
        'It names users, hosts and files of this machine, and holds no token or password. Read it before you send it.',
      );
    });
}

interface Made {
  text: string;
  /** Where the agent has put it; null if it was made here. */
  file: string | null;
  name: string;
  agentProblem: Problem | null;
}

/** It does not answer, or its disk is full, which is when a report is wanted. */
const NOT_BY_AGENT = new Set(['agent-not-running', 'agent-gone', 'cannot-write']);

async function byAgent(): Promise<Made> {
  const { askAgent } = await import('./ask-agent.ts');
  const { file } = await askAgent((client) => client.call('report.save', {}));
  return { text: await readFile(file, 'utf8'), file, name: file, agentProblem: null };
}

/** What its other calls tell, if it runs. */
async function toldByAgent(): Promise<Report['agent']> {
  const { askAgent } = await import('./ask-agent.ts');
  const snapshot = askAgent((client) => client.call('snapshot.get', {}));
  const transitions = askAgent((client) => client.call('transitions.list', { limit: MAX_PAGE }));
  const denials = askAgent((client) => client.call('denials.list', { limit: MAX_PAGE }));
  const told = await Promise.all([snapshot, transitions, denials]).catch(() => null);
  return told && { snapshot: told[0], transitions: told[1].items, denials: told[2].items, machine: null };
}

/** What can be found out by anybody who uses this machine, and by asking. */
async function byOurselves(agentProblem: Problem): Promise<Made> {
  const { thisEnvironment } = await import('../agent/diagnostics/environment.ts');
  const { reportName, reportText } = await import('../agent/diagnostics/report.ts');
  const { fileTail } = await import('../platform/fs/file-tail.ts');
  const { agentStateFolder, demoFolder, systemGatewayControl } = await import('../platform/fs/places.ts');
  const { statusAt } = await import('./gateway-status.ts');
  const { checkFiles } = await import('./managed-config.ts');
  const at = Date.now();
  const gateway = await statusAt(systemGatewayControl(process.platform)).catch((error: unknown) =>
    toProblem(error, 'gateway-away', 'The gateway is not running, so there is nobody to ask.'),
  );
  const logs = [join(agentStateFolder(), 'agent.log'), join(demoFolder(), 'agent', 'agent.log')];
  const tails = await Promise.all(logs.map((log) => fileTail(log, 256 * 1024)));
  const text = reportText({
    at,
    environment: thisEnvironment(process.env),
    agent: await toldByAgent(),
    agentProblem,
    gateway,
    managedConfig: await checkFiles([]),
    log: tails.find((lines) => lines.length > 0) ?? [],
  });
  return { text, file: null, name: reportName(null, at), agentProblem };
}

/** @throws ProblemError `cannot-write`: what is there already stays. */
async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw new ProblemError({
      code: 'cannot-write',
      message: `${file} cannot be written.`,
      cause: error.code ?? error.message,
      next: 'Name another place with --out.',
    });
  });
}
