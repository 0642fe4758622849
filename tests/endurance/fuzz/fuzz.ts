import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Random } from '../../support/random.ts';
import { mutate } from './mutate.ts';
import type { FuzzTarget } from './targets.ts';

export interface Finding {
  target: string;
  /** Base64; add it to the corpus when it is put right. */
  input: string;
  error: string;
}

/** Tells after each input whether it took the code where none had been before. */
export type Novelty = () => Promise<boolean>;

const CORPUS = join(import.meta.dirname, 'corpus');

/** One input per line, base64: inputs that once led somewhere new, or to an error. */
function readCorpus(target: string): Uint8Array[] {
  try {
    const lines = readFileSync(join(CORPUS, `${target}.txt`), 'utf8').split('\n');
    return lines.filter((line) => line !== '').map((line) => Buffer.from(line, 'base64'));
  } catch {
    return [];
  }
}

export function writeCorpus(target: string, inputs: readonly Uint8Array[]): void {
  const lines = [...new Set(inputs.map((input) => Buffer.from(input).toString('base64')))].sort();
  writeFileSync(join(CORPUS, `${target}.txt`), lines.map((line) => `${line}\n`).join(''));
}

/**
 * Feeds a target with its seeds and its corpus, then with changes of them for so many milliseconds. With `isNew`, what leads
 * somewhere new is kept and changed further.
 */
export async function fuzz(
  target: FuzzTarget,
  milliseconds: number,
  random: Random,
  isNew: Novelty | null = null,
): Promise<{ runs: number; corpus: Uint8Array[]; finding: Finding | null }> {
  const corpus = readCorpus(target.name);
  const samples = [...target.seeds, ...corpus];
  const deadline = performance.now() + milliseconds;
  let runs = 0;
  const run = async (input: Uint8Array): Promise<Finding | null> => {
    runs += 1;
    try {
      await target.check(input);
      return null;
    } catch (error) {
      return {
        target: target.name,
        input: Buffer.from(input).toString('base64'),
        error: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
    }
  };
  for (const sample of samples) {
    const finding = await run(sample);
    if (finding) return { runs, corpus, finding };
  }
  await isNew?.();
  while (performance.now() < deadline) {
    const input = mutate(random.pick(samples), samples, random);
    const finding = await run(input);
    if (finding) return { runs, corpus, finding };
    if (isNew && (await isNew())) {
      corpus.push(input);
      samples.push(input);
    }
  }
  return { runs, corpus, finding: null };
}
