import { z } from 'zod';
import { readThumbprints } from '../../shared/lists/read-thumbprints.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import {
  MachineDetails,
  MachinesEnrolled,
  MadeCodes,
  OpenCodes,
  SHORT_ID_LENGTH,
} from '../../shared/schemas/hub/machines.ts';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';
import { asOwner } from './as-owner.ts';
import { english } from './english.ts';
import { readListText } from './list-file.ts';
import type { Asked } from './list-machines.ts';
import { printable, printJson, printLine } from './print.ts';

/** @throws ProblemError of `asOwner`, as all here; `thumbprints-invalid`, and those of the file. */
export async function enrolMachines(
  { json = false, ...where }: Asked,
  given: { thumbprints: readonly string[]; file?: string | undefined },
): Promise<void> {
  const text = [...given.thumbprints, ...(given.file === undefined ? [] : [await readListText(given.file)])].join('\n');
  const { thumbprints, wrongLines } = readThumbprints(text);
  if (wrongLines.length > 0 || thumbprints.length === 0) {
    const cause = wrongLines.length === 0 ? 'no line' : `line ${wrongLines.slice(0, 10).join(', ')}`;
    throw new ProblemError(problem('thumbprints-invalid', {}, { cause }));
  }
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(MachinesEnrolled, 'machines/enrolments', { method: 'POST', body: { thumbprints } });
      if (json) return printJson(value);
      printLine(`Enrolled ${value.enrolled}; ${value.known} were enrolled already.`);
    },
    json,
  );
}

export async function forgetMachine({ json = false, ...where }: Asked, identifier: string): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(MachineDetails, `machines/${encodeURIComponent(identifier)}`);
      await ask(z.null(), `machines/${encodeURIComponent(value.id)}`, { method: 'DELETE' });
      if (json) return printJson({ forgotten: value.id });
      printLine(
        `Forgot ${value.id.slice(0, SHORT_ID_LENGTH)}. If it reports again, it is unverified until you enrol it.`,
      );
    },
    json,
  );
}

export async function showCodes({ json = false, ...where }: Asked): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(OpenCodes, 'machines/codes');
      if (json) return printJson(value);
      const until =
        value.expiresAt === null ? '' : `, the last until ${english.time.exact(Date.parse(value.expiresAt))}`;
      printLine(`Unused: ${value.open}${until}. Used: ${value.used}.`);
    },
    json,
  );
}

/** @throws ProblemError `cannot-write` too */
export async function makeCodes(
  { json = false, ...where }: Asked,
  { out, ...wanted }: { count: number; hours: number; out?: string | undefined },
): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      const { value } = await ask(MadeCodes, 'machines/codes', { method: 'POST', body: wanted });
      if (out !== undefined) await writeFileAtomic(out, `${value.codes.join('\n')}\n`);
      else if (json) printJson(value);
      else for (const code of value.codes) printLine(code);
      const until = english.time.exact(Date.parse(value.expiresAt));
      // Standard output is the codes' own.
      process.stderr.write(`${printable(`Shown only this once. Each enrols one machine, until ${until}.`)}\n`);
    },
    true,
  );
}

export async function revokeCodes({ json = false, ...where }: Asked): Promise<void> {
  await asOwner(
    where,
    async ({ ask }) => {
      await ask(z.null(), 'machines/codes', { method: 'DELETE' });
      if (json) return printJson({ revoked: true });
      printLine('All unused codes are void.');
    },
    json,
  );
}
