import { isUtf8 } from 'node:buffer';
import {
  findNodeAtLocation,
  type Node,
  type ParseErrorCode,
  parseTree,
  printParseErrorCode,
  visit,
} from 'jsonc-parser';
import { printable } from '../../../shared/printable.ts';
import { problem } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { type ParseResult, type Position, parse, problemAt, UnparsableFile } from './file-problem.ts';

/** Deeper than any settings file, shallow enough that no recursion of a parser comes into danger. */
export const MAX_DEPTH = 32;

export interface JsonDocument {
  root: Node;
  /** The result of `JSON.parse`: a key `__proto__` is an own key like any other. */
  value: unknown;
  positionAt(offset: number): Position;
}

/**
 * JSON as RFC 8259 has it, one document, and stricter in two ways: no key twice (RFC 8259 section 4 leaves open which one
 * counts, so two readers of one file could disagree) and no nesting beyond `MAX_DEPTH`. A problem has its line and column, for
 * the person who wrote the file in an editor.
 */
export function parseStrictJson(bytes: Uint8Array): ParseResult<JsonDocument> {
  return parse(() => {
    const text = decodeUtf8(bytes);
    const positionAt = positionFinder(text);
    if (text.trim() === '') throw new UnparsableFile(problemAt(positionAt(0), problem('empty-file')));
    rejectFirstFault(text, positionAt);
    const root = parseTree(text);
    if (root === undefined) throw new UnparsableFile(problemAt(positionAt(0), problem('json-syntax')));
    return { root, value: JSON.parse(text), positionAt };
  });
}

/** The position of the value at `path`, or of the nearest thing around it where it is missing. */
export function positionOfPath(path: readonly PropertyKey[], { root, positionAt }: JsonDocument): Position {
  const segments = path.filter((part) => typeof part !== 'symbol');
  for (let length = segments.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, segments.slice(0, length));
    if (node !== undefined) return positionAt(node.offset);
  }
  return positionAt(root.offset);
}

/** @throws UnparsableFile out of the visitor, which has no other way to stop. */
function rejectFirstFault(text: string, positionAt: JsonDocument['positionAt']): void {
  const fail = (found: Problem, offset: number): never => {
    throw new UnparsableFile(problemAt(positionAt(offset), found));
  };
  const open: (Set<string> | null)[] = [];
  const enter = (keys: Set<string> | null, offset: number) => {
    open.push(keys);
    if (open.length > MAX_DEPTH) fail(problem('json-too-deep', { maximum: MAX_DEPTH }), offset);
  };
  visit(
    text,
    {
      onObjectBegin: (offset) => enter(new Set(), offset),
      onArrayBegin: (offset) => enter(null, offset),
      onObjectEnd: () => void open.pop(),
      onArrayEnd: () => void open.pop(),
      onObjectProperty(key, offset) {
        const keys = open.at(-1);
        if (keys?.has(key)) fail(problem('key-twice', { key: printable(key) }), offset);
        keys?.add(key);
      },
      onError(error, offset) {
        const fault = syntaxFault(printParseErrorCode(error as ParseErrorCode), text, offset);
        fail(fault.problem, fault.offset ?? offset);
      },
    },
    { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
  );
}

/** `ParseErrorCode` is a const enum, whose names no single-file compiler sees. */
type ErrorName = ReturnType<typeof printParseErrorCode>;

/** @returns an offset of its own where the fault lies elsewhere than the parser noticed it. */
function syntaxFault(error: ErrorName, text: string, offset: number): { problem: Problem; offset?: number } {
  const found = text[offset];
  if (found === '\0') return { problem: problem('json-nul-byte') };
  if (error === 'PropertyNameExpected' || error === 'ValueExpected') {
    const before = text.slice(0, offset).trimEnd();
    if (before.endsWith(',') && (found === '}' || found === ']')) {
      return { problem: problem('json-trailing-comma'), offset: before.length - 1 };
    }
  }
  return { problem: syntaxProblem(error, found) };
}

/** @param found the character at the fault; undefined at the end of the file. */
function syntaxProblem(error: ErrorName, found: string | undefined): Problem {
  switch (error) {
    case 'InvalidCommentToken':
    case 'UnexpectedEndOfComment':
      return problem('json-comment');
    case 'EndOfFileExpected':
      return problem('json-second-document');
    case 'InvalidSymbol':
      return found !== undefined && "'\u201c\u201d".includes(found)
        ? problem('json-quotes')
        : problem('json-unknown-value');
    case 'InvalidNumberFormat':
    case 'UnexpectedEndOfNumber':
      return problem('json-number');
    case 'PropertyNameExpected':
      return problem('json-key-expected');
    case 'ValueExpected':
      return found === undefined ? problem('json-cut-off') : problem('json-value-expected');
    case 'ColonExpected':
      return problem('json-colon-missing');
    case 'CommaExpected':
      return problem('json-comma-missing');
    case 'CloseBraceExpected':
    case 'CloseBracketExpected':
      return problem('json-cut-off');
    case 'UnexpectedEndOfString':
      return problem('json-string-not-closed');
    case 'InvalidUnicode':
    case 'InvalidEscapeCharacter':
      return problem('json-escape');
    case 'InvalidCharacter':
      return problem('json-control-character');
    case '<unknown ParseErrorCode>':
      return problem('json-syntax');
  }
}

/**
 * UTF-8; a byte order mark is allowed and dropped (some editors on Windows write one).
 *
 * @throws UnparsableFile `not-utf8`.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  const fail = (cause: string, position: Position): never => {
    throw new UnparsableFile(problemAt(position, problem('not-utf8', {}, { cause })));
  };
  const start = { line: 1, column: 1 };
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) return fail('UTF-16', start);
  const halfEmpty = bytes.length >= 4 && (first === 0) !== (second === 0) && (first === 0 || second === 0);
  if (halfEmpty) return fail('UTF-16 without a byte order mark', start);
  if (isUtf8(bytes)) return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  const at = firstBadByte(bytes);
  const good = new TextDecoder('utf-8').decode(bytes.subarray(0, at));
  return fail(`byte 0x${bytes[at]?.toString(16)}`, positionFinder(good)(good.length));
}

function firstBadByte(bytes: Uint8Array): number {
  let at = 0;
  for (;;) {
    const length = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isUtf8(bytes.subarray(at, at + n)));
    if (length === undefined) return at;
    at += length;
  }
}

/** Lines end with LF, CR LF or CR. */
function positionFinder(text: string): (offset: number) => Position {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return (offset) => {
    let line = starts.length;
    while (line > 1 && (starts[line - 1] ?? 0) > offset) line -= 1;
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
  };
}
