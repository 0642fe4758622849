import { MAX_REGISTRIES } from '../policy/schema.ts';
import { problem } from '../problems/catalogue.ts';
import { asProblem, failure, type Problem, type Result, success } from '../problems/problem.ts';
import { csvEntries, looksLikeCsv } from './csv.ts';
import { type Entry, type Imported, importEntries } from './import-row.ts';
import { type JsonFormat, jsonSource } from './json-sources.ts';

export type ImportFormat = JsonFormat | 'csv' | 'lines';

export interface ReadImport extends Imported {
  format: ImportFormat;
  /** What there is to say about the file as a whole. */
  notes: Problem[];
}

/** Characters. A million registries with nicknames have some 75 million. */
const MAX_LENGTH = 128 * 1024 * 1024;

/**
 * Reads the registries in a file of another program, or in a list: Docker's Registry Access list and admin-settings.json, Rancher Desktop's
 * allowed images, policy.json of Podman and others, CSV, JSON, or one address a line. The content says which. Never throws.
 */
export function readImport(content: string): Result<ReadImport> {
  if (content.length > MAX_LENGTH) return failure(problem('import-too-large', { limit: MAX_LENGTH }));
  const text = content.replace(/^\uFEFF/, '');
  const isJson = /^\s*[{[]/.test(text) && !/^\s*\[[0-9a-fA-F:.]+\](?::\d+)?\s*$/m.test(text.slice(0, 200));
  if (isJson) return readJson(text);
  const format = looksLikeCsv(text) ? 'csv' : 'lines';
  return read(format, format === 'csv' ? csvEntries(text) : lineEntries(text), []);
}

function readJson(text: string): Result<ReadImport> {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return failure(asProblem(error, problem('import-not-json')));
  }
  const source = jsonSource(document);
  return source === null ? failure(problem('import-unknown')) : read(source.format, source.entries, source.notes);
}

function read(format: ImportFormat, entries: Iterable<Entry>, notes: Problem[]): Result<ReadImport> {
  const imported = importEntries(atMost(MAX_REGISTRIES + 1, entries));
  if (imported.rows.length > MAX_REGISTRIES) {
    return failure(problem('import-too-many', { limit: MAX_REGISTRIES }));
  }
  if (imported.rows.length === 0 && imported.rejected.length === 0 && notes.length === 0) {
    return failure(problem('import-empty'));
  }
  return success({ format, notes, ...imported });
}

function* atMost(count: number, entries: Iterable<Entry>): Generator<Entry> {
  let left = count;
  for (const entry of entries) {
    if (left === 0) return;
    left -= 1;
    yield entry;
  }
}

/** One address a line; a nickname after a tab or two spaces; `#` begins a comment. */
function* lineEntries(text: string): Generator<Entry> {
  let number = 0;
  for (const [line] of text.matchAll(/[^\r\n]*(?:\r\n|\r|\n|$)/g)) {
    number += 1;
    const written = line.replace(/(?:^|\s)#.*/, '').trim();
    if (written === '') continue;
    const [address = '', nickname] = written.split(/\t+|\s{2,}/, 2);
    yield { place: `line ${number}`, address, nickname };
  }
}
