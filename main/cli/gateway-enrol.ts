import { unlink } from 'node:fs/promises';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { problemText } from '../../shared/problems/problem-line.ts';
import { adminMethods, adminSocketOf } from '../../shared/schemas/control-schema.ts';
import { ENROLMENT_CODE_FILE } from '../attachment/names.ts';
import { systemRule } from '../managed-config/locations.ts';
import { readTrustedFile, type TrustRule } from '../managed-config/trusted-file.ts';
import { runCommand } from '../platform/process/run-command.ts';
import { askGateway } from './gateway-ask.ts';
import { printLine } from './print.ts';
import { thisGateway } from './this-gateway.ts';

/** Where device management puts a code, for root alone to read. */
export const CODE_FILE: Partial<Record<NodeJS.Platform, string>> = {
  linux: ENROLMENT_CODE_FILE,
  darwin: '/Library/Application Support/Portcullis/enrolment-code',
  win32: 'C:\\ProgramData\\Portcullis\\enrolment-code',
};
const MAX_CODE_BYTES = 1024;
/** It is on disk before it is acknowledged. */
const ANSWER_MS = 10_000;

export interface EnrolOptions {
  /** Of the code; the usual one if not given. */
  codeFile?: string | undefined;
  /** Of the gateway's configuration. */
  config?: string | undefined;
}

/**
 * Gives the running gateway the one-time code that is in a file which only root can read and write, and removes the file.
 *
 * @returns the thumbprint of the gateway's key; null where there is no such file.
 * @throws ProblemError `enrolment-code-exposed`, `enrolment-code-invalid`, those of the file, and as `askGateway`.
 */
export async function enrolByFile(
  { codeFile = CODE_FILE[process.platform] ?? '', config }: EnrolOptions,
  rule: TrustRule = systemRule(process.platform, runCommand),
): Promise<string | null> {
  const read = await readTrustedFile(codeFile, rule, MAX_CODE_BYTES);
  if (read.kind === 'absent') return null;
  if (read.kind === 'untrusted')
    throw new ProblemError(read.problems[0] ?? problem('enrolment-code-exposed', { file: codeFile }));
  if (read.kind !== 'trusted') throw new ProblemError(read.problem);
  // Windows has no such bits; whoever may read there is as the folder's access list says.
  if (process.platform !== 'win32' && (Number(read.stats.mode) & 0o077) !== 0) {
    throw new ProblemError(problem('enrolment-code-exposed', { file: codeFile }));
  }
  const place = await thisGateway(config);
  const { jkt } = await askGateway(place, adminSocketOf(place.control), adminMethods, ANSWER_MS, (gateway) =>
    gateway.call('enrol', { code: read.bytes.toString('utf8').trim() || '-' }),
  );
  await unlink(codeFile);
  return jkt;
}

/** `portcullis gateway enrol`. @throws ProblemError as `enrolByFile`, and `enrolment-code-missing` */
export async function enrolGateway(options: EnrolOptions): Promise<void> {
  const file = options.codeFile ?? CODE_FILE[process.platform] ?? '';
  const jkt = await enrolByFile({ ...options, codeFile: file });
  if (jkt === null) throw new ProblemError(problem('enrolment-code-missing', { file }));
  printLine(`The gateway has the code and shows it with its next report. ${file} was removed.`);
  printLine(`Thumbprint: ${jkt}`);
}

/** For the units of root that run again and again: what is wrong is said in their log, and keeps nothing else from being done. */
export async function handOverEnrolmentCode(): Promise<void> {
  try {
    await enrolByFile({});
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    process.stderr.write(`enrolment: ${problemText(error.problem)}\n`);
  }
}
