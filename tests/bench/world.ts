import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What is asked and what is allowed. Every server is given the same hosts and the same questions, in the same order.
 */

/** Answered by the upstream with a TTL that caches honour, and with one that none may keep. */
export const CACHED_NAMES = range(1_000, (i) => `c${i}.cached.example`);
export const FORWARDED_NAMES = range(1_000, (i) => `f${i}.forwarded.example`);
export const CACHED_ZONE = 'cached.example';
export const FORWARDED_ZONE = 'forwarded.example';
/** The host of the blob. */
export const BLOB_HOST = 'blob.forwarded.example';

/** A list of `count` hosts: those that are asked about, and made-up registries of many companies. */
export function allowedHosts(count: number): string[] {
  const asked = [BLOB_HOST, ...CACHED_NAMES, ...FORWARDED_NAMES].slice(0, count);
  return [...asked, ...range(count - asked.length, (i) => `registry-${i}.team${i % 4_999}.company${i % 997}.example`)];
}

const DENIED_QUESTIONS = 100_000;

export interface QuestionFiles {
  denied: string;
  cached: string;
  forwarded: string;
}

/** Questions for dnsperf, one per line. The denied ones look like what people ask: short names of many domains, A and AAAA. */
export async function writeQuestions(folder: string): Promise<QuestionFiles> {
  const files = {
    denied: join(folder, 'denied'),
    cached: join(folder, 'cached'),
    forwarded: join(folder, 'forwarded'),
  };
  const denied = range(DENIED_QUESTIONS, (i) => `www${i}.site${i % 7_919}.com ${i % 2 === 0 ? 'A' : 'AAAA'}`);
  await writeFile(files.denied, `${denied.join('\n')}\n`);
  await writeFile(files.cached, `${CACHED_NAMES.map((name) => `${name} A`).join('\n')}\n`);
  await writeFile(files.forwarded, `${FORWARDED_NAMES.map((name) => `${name} A`).join('\n')}\n`);
  return files;
}

function range<T>(count: number, of: (index: number) => T): T[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => of(index));
}
