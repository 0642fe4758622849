import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What is asked and what is allowed. Every server is given the same hosts and the same questions, in the same order.
 */

/** Answered by the upstream with a TTL that caches honour, and with one that none may keep. */
const CACHED_NAMES = range(1_000, (i) => `c${i}.cached.example`);
const FORWARDED_NAMES = range(1_000, (i) => `f${i}.forwarded.example`);
export const CACHED_ZONE = 'cached.example';
export const FORWARDED_ZONE = 'forwarded.example';
/** The host of the blob. */
export const BLOB_HOST = 'blob.forwarded.example';

/** A list of `count` hosts: those that are asked about, and the registries of made-up accounts at a cloud. */
export function allowedHosts(count: number): string[] {
  const asked = [BLOB_HOST, ...CACHED_NAMES, ...FORWARDED_NAMES].slice(0, count);
  return [...asked, ...range(count - asked.length, (i) => registryOfAccount(100_000_000_000 + i * 800_011))];
}

/** As Amazon names them: twelve digits. */
function registryOfAccount(account: number): string {
  return `${account}.dkr.ecr.us-east-1.amazonaws.com`;
}

const DENIED_QUESTIONS = 100_000;

export interface QuestionFiles {
  denied: string;
  alike: string;
  cached: string;
  forwarded: string;
}

/**
 * Questions for dnsperf, one per line. The denied ones are what people ask for most, short names of many domains; those that are
 * alike are what a list of registries is for: the registries of other accounts at the same cloud.
 */
export async function writeQuestions(folder: string): Promise<QuestionFiles> {
  const files = {
    denied: join(folder, 'denied'),
    alike: join(folder, 'alike'),
    cached: join(folder, 'cached'),
    forwarded: join(folder, 'forwarded'),
  };
  const type = (i: number): string => (i % 2 === 0 ? 'A' : 'AAAA');
  const denied = range(DENIED_QUESTIONS, (i) => `www${i}.site${i % 7_919}.com ${type(i)}`);
  // Odd steps past the allowed ones: none of these is on a list, and they lie among those that are.
  const alike = range(DENIED_QUESTIONS, (i) => `${registryOfAccount(100_000_000_005 + i * 800_011)} ${type(i)}`);
  await writeFile(files.denied, `${denied.join('\n')}\n`);
  await writeFile(files.alike, `${alike.join('\n')}\n`);
  await writeFile(files.cached, `${CACHED_NAMES.map((name) => `${name} A`).join('\n')}\n`);
  await writeFile(files.forwarded, `${FORWARDED_NAMES.map((name) => `${name} A`).join('\n')}\n`);
  return files;
}

function range<T>(count: number, of: (index: number) => T): T[] {
  return Array.from({ length: Math.max(0, count) }, (_, index) => of(index));
}
