import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Release } from './linux/stage.ts';

/** What is built from this checkout: its version, and the date of its last commit (https://reproducible-builds.org/specs/source-date-epoch/). */
export function releaseOf(checkout: string): Release {
  const { version } = z
    .object({ version: z.string() })
    .parse(JSON.parse(readFileSync(join(checkout, 'package.json'), 'utf8')));
  const given = process.env.SOURCE_DATE_EPOCH;
  const date = given ?? execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: checkout, encoding: 'utf8' });
  return { version, epoch: z.coerce.number().int().positive().parse(date.trim()) };
}
