import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { GatewayConfig } from '../../shared/control-schema.ts';
import { ProblemError } from '../../shared/problem.ts';
import { parseSocketAddress } from '../platform/socket-address.ts';

/**
 * Reads `--config FILE`. A relative path in it is meant from the folder the process runs in, and thus a mistake: refused.
 * @throws ProblemError `bad-config`, with the file and the first fault.
 */
export async function readGatewayConfig(file: string): Promise<GatewayConfig> {
  const bad = (cause: string): ProblemError =>
    new ProblemError({
      code: 'bad-config',
      message: `The configuration ${file} cannot be used.`,
      cause: cause.slice(0, 800),
      next: 'Mend the file; docs/gateway.md describes each setting.',
    });
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw bad(error instanceof Error ? error.message : String(error));
  }
  const judged = GatewayConfig.safeParse(json);
  if (!judged.success) throw bad(z.prettifyError(judged.error).replaceAll(/\s+/g, ' '));
  const config = judged.data;
  for (const text of [...config.dns.engine, ...config.dns.workload]) {
    // An answer must come from the address that was asked; a wildcard socket cannot promise that.
    if (['0.0.0.0', '::'].includes(parseSocketAddress(text).host)) {
      throw bad(`dns: ${text} means every address; name the ones that are meant`);
    }
  }
  return config;
}
