import type { PolicyRules } from '../../../shared/rule-set/compile.ts';
import type { RuleSet } from '../../../shared/rule-set/rule-set.ts';

/** What is left of lists that were replaced. */
export interface Leftovers {
  /** Shared memory that nobody needs once all threads decide by the rules that came after. */
  memory: SharedArrayBuffer[];
  /** They come to so many lines, some 150 bytes each, that they are worth a collection in each thread. */
  isMuch: boolean;
}

const MANY_LINES = 500_000;
/** Less is not worth a system call. Bytes. */
const WORTH_A_CALL = 256 * 1024;

/**
 * Follows the rules that come into force. Threads that only deny make no garbage, so V8 does not collect: eight lists of a million lines, one
 * after the other, came to 1.7 GB. The same list again after a lock leaves nothing.
 */
export function createReplacedLists(first: RuleSet): (next: RuleSet) => Leftovers {
  // Weakly: a list that nobody else has is no longer in force, nor will be again.
  let latest: WeakRef<PolicyRules['table']> | null = null;
  let latestLines: WeakRef<PolicyRules['lines']> | null = null;
  let lines = 0;
  const follow = (next: RuleSet): Leftovers => {
    const table = latest?.deref();
    if (next.kind !== 'policy' || table === next.table) return { memory: [], isMuch: false };
    const before = latestLines?.deref();
    lines += before?.count ?? 0;
    latest = new WeakRef(next.table);
    latestLines = new WeakRef(next.lines);
    const isMuch = lines >= MANY_LINES;
    if (isMuch) lines = 0;
    return { memory: memoryOf([table, before], [next.table, next.lines]), isMuch };
  };
  follow(first);
  return follow;
}

/** The large shared memory that views among the fields of `had` look at, and none of `has`. */
function memoryOf(had: readonly (object | undefined)[], has: readonly object[]): SharedArrayBuffer[] {
  const kept = sharedIn(has);
  return [...sharedIn(had)].filter((memory) => !kept.has(memory) && memory.byteLength >= WORTH_A_CALL);
}

function sharedIn(objects: readonly (object | undefined)[]): Set<SharedArrayBuffer> {
  const views = objects.flatMap((each) => Object.values(each ?? {})).filter((field) => ArrayBuffer.isView(field));
  return new Set(views.map(({ buffer }) => buffer).filter((buffer) => buffer instanceof SharedArrayBuffer));
}
