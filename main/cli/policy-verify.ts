import { verifyPolicy } from '../../shared/policy/verify.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import { english } from './english.ts';
import { readPolicy, readPolicyKeys } from './policy-file.ts';
import { printJson, printLine } from './print.ts';
import { Exit, exitCodes } from './run-command-line.ts';

export interface VerifyOptions {
  keys: string;
  organization?: string | undefined;
  issuer?: string | undefined;
  /** Milliseconds. */
  minRemaining?: number | undefined;
  json: boolean;
}

/** `policy verify`. @throws ProblemError why it is not valid; Exit where it does not last long enough */
export async function verifyPolicyFile(where: string, options: VerifyOptions, now = Date.now()): Promise<void> {
  const { organization, issuer, minRemaining = 0, json } = options;
  const keys = await readPolicyKeys(options.keys);
  const verified = await verifyPolicy(await readPolicy(where), {
    keys,
    now: Math.floor(now / 1000),
    ...(organization === undefined ? {} : { org: organization }),
    ...(issuer === undefined ? {} : { iss: issuer }),
  });
  if (!verified.ok) throw new ProblemError(verified.problem);
  const { claims, kid, lines } = verified.value;
  const { iss, org, revision, iat, exp, enabled, mode } = claims;
  const lasts = exp * 1000 - now >= minRemaining;
  if (json) {
    printJson({ iss, org, revision, iat, exp, enabled, mode, registries: lines.count, kid, lasts });
  } else {
    printLine(`Revision ${revision} of ${org}, signed by ${kid}: valid until ${english.time.exact(exp * 1000)}.`);
    if (!lasts) printLine('That is sooner than --min-remaining asks for. Sign and publish it again.');
  }
  if (!lasts) throw new Exit(exitCodes.endsSoon);
}
