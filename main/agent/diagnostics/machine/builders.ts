import { z } from 'zod';
import { parseJson } from '../../../../shared/schemas/parse-json.ts';

export interface Builder {
  name: string;
  driver: string;
}

/**
 * `docker buildx ls`, as a table: a line per builder that begins at the margin, with lines for its nodes indented below.
 * The star behind the current one stands alone before buildx 0.13, and clings to the name since then.
 */
export function readBuilders(output: string): Builder[] {
  const [header, ...lines] = output.split(/\r?\n/);
  if (header === undefined || !/^NAME\/NODE\b/.test(header)) return [];
  return lines.flatMap((line) => {
    const match = /^([^\s*\\]+)\*?\s+(?:\*\s+)?(\S+)/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return [];
    return [{ name: match[1], driver: match[2] }];
  });
}

/** The `docker` driver builds in an engine, so it is held to whatever that engine is held to. The others pull by themselves. */
export function pullsByItself({ driver }: Builder): boolean {
  return driver !== 'docker';
}

export interface Context {
  name: string;
  endpoint: string;
}

const ContextLine = z.object({ Name: z.string(), DockerEndpoint: z.string() });

/** `docker context ls --format '{{json .}}'`: one object per line. */
export function readContexts(output: string): Context[] {
  return output.split(/\r?\n/).flatMap((line) => {
    const parsed = ContextLine.safeParse(parseJson(line));
    return parsed.success ? [{ name: parsed.data.Name, endpoint: parsed.data.DockerEndpoint }] : [];
  });
}
