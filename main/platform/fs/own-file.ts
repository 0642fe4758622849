import { readFile, rm } from 'node:fs/promises';
import type { z } from 'zod';
import { parseJson } from '../../../shared/schemas/parse-json.ts';
import type { Logger } from '../log/logger.ts';
import { writeFileAtomic } from './atomic-file.ts';

/** A value of this user's own, as JSON in a file that nobody else can read (mode 0600). */
export interface OwnFile<Value> {
  /** null if there is nothing, or nothing whole. */
  load(): Promise<Value | null>;
  /** @throws ProblemError `cannot-write` */
  save(value: Value): Promise<void>;
  clear(): Promise<void>;
}

/**
 * @param maxBytes longer than all that it may hold: somebody else wrote it
 * @param what it is, for the log: `last report`
 */
export function ownFile<Value>(
  path: string,
  {
    schema,
    maxBytes,
    what,
    log,
  }: { schema: z.ZodType<Value>; maxBytes: number; what: string; log: Pick<Logger, 'warn'> },
): OwnFile<Value> {
  return {
    async load() {
      try {
        const content = await readFile(path);
        const stored = schema.safeParse(content.length > maxBytes ? null : parseJson(content.toString('utf8')));
        if (stored.success) return stored.data;
        log.warn({ path }, `${what} not usable`);
      } catch (error) {
        const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
        if (!isMissing) log.warn({ err: error, path }, `${what} not read`);
      }
      return null;
    },
    save: (value) => writeFileAtomic(path, JSON.stringify(value)),
    clear: () => rm(path, { force: true }),
  };
}
