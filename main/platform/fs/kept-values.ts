import { cannotWrite } from './atomic-file.ts';

/** A file of values, read and written by somebody else's code, which throws what the file system says. */
export interface ValuesFile<Values> {
  file: string;
  open(): { values: Values; set(change: Partial<Values>): void };
  /** What applies while the file cannot be opened. */
  otherwise: Values;
  /** Gets the reason for that. */
  onUnusable(error: unknown): void;
}

export interface KeptValues<Values> {
  values(): Values;
  /** All of it or nothing; what is undefined stays as it is. @throws ProblemError `cannot-write` */
  set(change: { [Name in keyof Values]?: Values[Name] | undefined }): void;
}

/**
 * Settings that must not prevent a start: while their file cannot be opened, others apply, and the next change opens it again. The file is
 * read once.
 */
export function keepValues<Values extends object>({
  file,
  open,
  otherwise,
  onUnusable,
}: ValuesFile<Values>): KeptValues<Values> {
  let store: ReturnType<typeof open> | null = null;
  let values = otherwise;
  function opened(): ReturnType<typeof open> {
    if (store === null) {
      store = open();
      values = store.values;
    }
    return store;
  }
  try {
    opened();
  } catch (error) {
    onUnusable(error);
  }
  return {
    values: () => values,
    set(change) {
      const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
      try {
        opened().set(given as Partial<Values>);
      } catch (error) {
        throw isOfFileSystem(error) ? cannotWrite(file, error) : error;
      }
      values = { ...values, ...given };
    },
  };
}

function isOfFileSystem(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'code' in error;
}
