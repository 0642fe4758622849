import { isUtf8 } from 'node:buffer';
import { type Node, type ParseErrorCode, parseTree, printParseErrorCode, visit } from 'jsonc-parser';
import type { FileProblem } from '../../shared/schemas/managed-config.ts';

/** Deeper than any settings file is, shallow enough that no recursion of a parser comes into danger. */
export const MAX_DEPTH = 32;

/** 1-based; a column is a UTF-16 code unit, as editors count. A byte order mark is no column. */
export interface Spot {
  line: number;
  column: number;
}

export interface JsonDocument {
  root: Node;
  /** What `JSON.parse` makes of it: a key `__proto__` is an own key like any other. */
  value: unknown;
  spotOf(offset: number): Spot;
}

export type Strict<T> = { ok: true; value: T } | { ok: false; problem: FileProblem };

/**
 * JSON as RFC 8259 has it, one document, and stricter in two ways: no key twice (RFC 8259 section 4 leaves open which
 * one counts, so two readers of one file could disagree) and no nesting beyond `MAX_DEPTH`. What is wrong is told with
 * its line and column and how to mend it, for the person who wrote the file in an editor.
 */
export function parseStrictJson(bytes: Uint8Array): Strict<JsonDocument> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const text = decoded.value;
  const spotOf = spotFinder(text);
  const refuse = (code: string, message: string, offset: number): Strict<never> => ({
    ok: false,
    problem: { code, message, ...spotOf(offset) },
  });

  if (text.trim() === '')
    return refuse('empty-file', 'The file is empty. Write the settings, or take the file away.', 0);

  const flaw = firstFlaw(text);
  if (flaw !== null) return refuse(flaw.code, flaw.message, flaw.offset);
  const root = parseTree(text);
  if (root === undefined) return refuse('json-syntax', 'This is no JSON document.', 0);
  return { ok: true, value: { root, value: JSON.parse(text), spotOf } };
}

/** `ParseErrorCode` is a const enum, whose names no single-file compiler sees. */
type ErrorName = ReturnType<typeof printParseErrorCode>;

interface Flaw {
  code: string;
  message: string;
  offset: number;
}

/** Thrown out of the visitor, which has no other way to stop. */
class Stop extends Error {
  readonly flaw: Flaw;

  constructor(flaw: Flaw) {
    super(flaw.code);
    this.flaw = flaw;
  }
}

function firstFlaw(text: string): Flaw | null {
  const open: (Set<string> | null)[] = [];
  const enter = (keys: Set<string> | null, offset: number) => {
    open.push(keys);
    if (open.length > MAX_DEPTH) {
      throw new Stop({
        code: 'json-too-deep',
        message: `Brackets are nested more than ${MAX_DEPTH} deep. Flatten the file.`,
        offset,
      });
    }
  };
  try {
    visit(
      text,
      {
        onObjectBegin: (offset) => enter(new Set(), offset),
        onArrayBegin: (offset) => enter(null, offset),
        onObjectEnd: () => void open.pop(),
        onArrayEnd: () => void open.pop(),
        onObjectProperty(key, offset) {
          const keys = open.at(-1);
          if (keys?.has(key)) {
            throw new Stop({
              code: 'key-twice',
              message: `The key "${key}" stands twice in one object. Keep one of the two.`,
              offset,
            });
          }
          keys?.add(key);
        },
        onError(error, offset) {
          throw new Stop(inWords(printParseErrorCode(error as ParseErrorCode), text, offset));
        },
      },
      { disallowComments: true, allowTrailingComma: false, allowEmptyContent: false },
    );
    return null;
  } catch (error) {
    if (error instanceof Stop) return error.flaw;
    throw error;
  }
}

function inWords(error: ErrorName, text: string, offset: number): Flaw {
  const syntax = (message: string, at = offset): Flaw => ({ code: 'json-syntax', message, offset: at });
  const found = text[offset];
  if (found === '\0') return syntax('A NUL byte stands here. Save the file as plain UTF-8 text.');
  if (error === 'PropertyNameExpected' || error === 'ValueExpected') {
    const before = text.slice(0, offset).trimEnd();
    if (before.endsWith(',') && (found === '}' || found === ']')) {
      return {
        code: 'json-trailing-comma',
        message: 'A comma stands before the closing bracket. Take the comma away.',
        offset: before.length - 1,
      };
    }
  }
  switch (error) {
    case 'InvalidCommentToken':
    case 'UnexpectedEndOfComment':
      return { code: 'json-comment', message: 'JSON has no comments. Take the comment away.', offset };
    case 'EndOfFileExpected':
      return {
        code: 'json-second-document',
        message: 'The document has ended before this. Keep one document, and nothing behind it.',
        offset,
      };
    case 'InvalidSymbol':
      if (found === "'") return syntax('Single quotes are not JSON. Use double quotes.');
      if (found === '\u201c' || found === '\u201d')
        return syntax('Curly quotes are not JSON. Use straight double quotes.');
      return syntax('This is no JSON value. Text needs double quotes around it.');
    case 'InvalidNumberFormat':
    case 'UnexpectedEndOfNumber':
      return syntax('This number is not complete.');
    case 'PropertyNameExpected':
      return syntax('A key in double quotes is expected here.');
    case 'ValueExpected':
      return syntax(
        found === undefined
          ? 'The file ends where a value is expected. Was it saved whole?'
          : 'A value is expected here.',
      );
    case 'ColonExpected':
      return syntax('A colon is expected between a key and its value.');
    case 'CommaExpected':
      return syntax('A comma is missing before this.');
    case 'CloseBraceExpected':
      return syntax('The file ends before its closing brace "}". Was it saved whole?');
    case 'CloseBracketExpected':
      return syntax('The list is not closed: "]" is missing.');
    case 'UnexpectedEndOfString':
      return syntax('The text that begins here has no closing double quote.');
    case 'InvalidUnicode':
    case 'InvalidEscapeCharacter':
      return syntax('The text that begins here has a backslash that JSON does not know. Double it, or take it away.');
    case '<unknown ParseErrorCode>':
      return syntax('This is no JSON.');
    case 'InvalidCharacter':
      return syntax(
        'The text that begins here holds a control character, such as a tab or a line break. Take it away.',
      );
  }
}

/** UTF-8, a byte order mark allowed and dropped (some editors on Windows write one). */
export function decodeUtf8(bytes: Uint8Array): Strict<string> {
  const refuse = (message: string, spot: Spot): Strict<never> => ({
    ok: false,
    problem: { code: 'not-utf8', message, ...spot },
  });
  const [first, second] = bytes;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    return refuse('The file is UTF-16. Save it as UTF-8.', { line: 1, column: 1 });
  }
  if (bytes.length >= 4 && (first === 0) !== (second === 0) && (first === 0 || second === 0)) {
    return refuse('The file looks like UTF-16 without a byte order mark. Save it as UTF-8.', { line: 1, column: 1 });
  }
  if (isUtf8(bytes)) return { ok: true, value: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  return refuse('A byte here is not UTF-8. Save the file as UTF-8.', spotOfBadByte(bytes));
}

function spotOfBadByte(bytes: Uint8Array): Spot {
  let at = 0;
  for (;;) {
    const length = [1, 2, 3, 4].find((n) => at + n <= bytes.length && isUtf8(bytes.subarray(at, at + n)));
    if (length === undefined) break;
    at += length;
  }
  const good = new TextDecoder('utf-8').decode(bytes.subarray(0, at));
  return spotFinder(good)(good.length);
}

/** Lines end with LF, CR LF or CR. */
function spotFinder(text: string): (offset: number) => Spot {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return (offset) => {
    let line = starts.length;
    while (line > 1 && (starts[line - 1] ?? 0) > offset) line -= 1;
    return { line, column: offset - (starts[line - 1] ?? 0) + 1 };
  };
}
