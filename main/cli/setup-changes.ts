import { readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { problem } from '../../shared/problems/catalogue.ts';
import { ProblemError } from '../../shared/problems/problem.ts';
import type { Registry, RegistryData } from '../gateway/native/windows-registry.ts';
import { writeFileAtomic } from '../platform/fs/atomic-file.ts';

/** What the installer changes on a machine, such that it can be undone: values in the registry, and files. Bytes as base64. */
const Value = z.strictObject({ type: z.number(), data: z.base64() });
const Change = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('value'),
    key: z.string(),
    name: z.string(),
    before: Value.nullable(),
    after: Value.nullable(),
  }),
  z.strictObject({
    kind: z.literal('file'),
    path: z.string(),
    before: z.base64().nullable(),
    after: z.base64().nullable(),
  }),
]);
export type Change = z.infer<typeof Change>;
export const Changes = z.array(Change).max(1000);
export type Changes = z.infer<typeof Changes>;

/** What is wanted: a value or a file, or that there is none. */
export type Wanted =
  | { kind: 'value'; key: string; name: string; value: RegistryData | null }
  | { kind: 'file'; path: string; content: Buffer | null };

/** Where changes are made, which tests play. */
export interface Place {
  registry: Registry;
  readFile(path: string): Promise<Buffer | null>;
  writeFile(path: string, content: Buffer | null): Promise<void>;
}

export function realPlace(registry: Registry): Place {
  return {
    registry,
    readFile: (path) =>
      readFile(path).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return null;
        throw error;
      }),
    writeFile: (path, content) =>
      content === null ? rm(path, { force: true }) : writeFileAtomic(path, content, 0o644),
  };
}

/** Looks at what is there now. What is there as wanted already is no change. */
export async function planChanges(wanted: readonly Wanted[], place: Place): Promise<Change[]> {
  const changes: Change[] = [];
  for (const one of wanted) {
    if (one.kind === 'value') {
      const { kind, key, name } = one;
      changes.push({ kind, key, name, before: stored(place.registry.read(key, name)), after: stored(one.value) });
    } else {
      const before = await place.readFile(one.path);
      const base64 = (bytes: Buffer | null): string | null => bytes?.toString('base64') ?? null;
      changes.push({ kind: 'file', path: one.path, before: base64(before), after: base64(one.content) });
    }
  }
  return changes.filter(({ before, after }) => JSON.stringify(before) !== JSON.stringify(after));
}

/** Makes the changes, and looks whether they were made. @throws ProblemError `setup-not-written`. */
export async function makeChanges(changes: readonly Change[], place: Place): Promise<void> {
  for (const change of changes) await set(change, change.after, place);
}

/** The other way, the last one first; each is tried. @throws ProblemError `setup-not-written` for the first that failed. */
export async function undoChanges(changes: readonly Change[], place: Place): Promise<void> {
  const failures: unknown[] = [];
  for (const change of changes.toReversed()) {
    await set(change, change.before, place).catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * Takes back what an installation has written and nobody has changed since. What was there before us in a file is put back; a value is
 * removed: the policies of an organization that we were told of are ours.
 */
export async function takeBack(changes: readonly Change[], place: Place): Promise<void> {
  const ours: Change[] = [];
  for (const change of changes) {
    const now =
      change.kind === 'value'
        ? JSON.stringify(stored(place.registry.read(change.key, change.name)))
        : JSON.stringify((await place.readFile(change.path))?.toString('base64') ?? null);
    if (now !== JSON.stringify(change.after)) continue;
    ours.push(change.kind === 'value' ? { ...change, before: null } : change);
  }
  await undoChanges(ours, place);
}

/** The record of several installations: the oldest `before` and the newest `after` of each. */
export function joinChanges(older: readonly Change[], newer: readonly Change[]): Change[] {
  const joined = new Map(older.map((change) => [idOf(change), change]));
  for (const change of newer) {
    const { before } = joined.get(idOf(change)) ?? change;
    joined.set(idOf(change), { ...change, before } as Change);
  }
  return [...joined.values()];
}

function idOf(change: Change): string {
  return change.kind === 'value' ? `${change.key}\n${change.name}`.toLowerCase() : change.path.toLowerCase();
}

function stored(value: RegistryData | null): { type: number; data: string } | null {
  return value === null ? null : { type: value.type, data: value.data.toString('base64') };
}

async function set(change: Change, to: Change['after'], place: Place): Promise<void> {
  const what = change.kind === 'value' ? `${change.key}, ${change.name}` : change.path;
  try {
    if (change.kind === 'value') {
      const value = to === null || typeof to === 'string' ? null : to;
      const data = value && { type: value.type, data: Buffer.from(value.data, 'base64') };
      place.registry.write(change.key, change.name, data);
      const found = stored(place.registry.read(change.key, change.name));
      if (JSON.stringify(found) !== JSON.stringify(value)) throw new Error('it is not what was written');
      return;
    }
    const content = typeof to === 'string' ? Buffer.from(to, 'base64') : null;
    await place.writeFile(change.path, content);
    const found = await place.readFile(change.path);
    if ((found?.toString('base64') ?? null) !== to) throw new Error('it is not what was written');
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error);
    throw new ProblemError(problem('setup-not-written', { what }, { cause }), { cause: error });
  }
}
