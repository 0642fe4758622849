import { DOMParser, type Element, type Node, ParseError } from '@xmldom/xmldom';
import { type PlistValue, parseBinary } from 'plist';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { type ParseResult, type Position, parse, problemAt, UnparsableFile } from '../platform/fs/file-problem.ts';
import { decodeUtf8, MAX_DEPTH } from '../platform/fs/strict-json.ts';

/** A value of a property list (plist(5), Apple's PropertyList-1.0.dtd). A position is known where the file is XML. */
export type PropertyListValue = { position?: Position } & (
  | { type: 'dict'; entries: Entries }
  | { type: 'array'; items: PropertyListValue[] }
  | { type: 'string'; text: string }
  | { type: 'number'; number: number }
  | { type: 'boolean'; truth: boolean }
  /** A date or data, which no setting of ours is. */
  | { type: 'other'; name: string }
);
type Entries = Map<string, { keyPosition?: Position; value: PropertyListValue }>;

/**
 * Parses an XML or a binary property list; macOS uses both for the same files. No key twice, as in our JSON; in the binary form,
 * which only tools write, the last one counts.
 */
export function parsePropertyList(bytes: Uint8Array): ParseResult<PropertyListValue> {
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, 6));
  return parse(() => (magic === 'bplist' ? readBinary(bytes) : readXml(bytes)));
}

/** The value as plain data, for a schema to parse. */
export function plainOf(value: PropertyListValue): unknown {
  switch (value.type) {
    case 'dict':
      return Object.fromEntries([...value.entries].map(([key, entry]) => [key, plainOf(entry.value)]));
    case 'array':
      return value.items.map(plainOf);
    case 'string':
      return value.text;
    case 'number':
      return value.number;
    case 'boolean':
      return value.truth;
    case 'other':
      // Not undefined: a schema must refuse it, not take it for a setting that is not there.
      return null;
  }
}

/** @throws UnparsableFile as everything below. */
function readBinary(bytes: Uint8Array): PropertyListValue {
  let value: PlistValue;
  try {
    value = parseBinary(bytes);
  } catch {
    // The parser's own message names offsets in a file that nobody edits by hand.
    throw invalid('the binary property list is damaged');
  }
  return fromPlain(value, 1);
}

function fromPlain(value: PlistValue, depth: number): PropertyListValue {
  if (depth > MAX_DEPTH) throw tooDeep();
  if (typeof value === 'string') return { type: 'string', text: value };
  if (typeof value === 'number') return { type: 'number', number: value };
  if (typeof value === 'boolean') return { type: 'boolean', truth: value };
  if (Array.isArray(value)) return { type: 'array', items: value.map((item) => fromPlain(item, depth + 1)) };
  if (value === null || typeof value !== 'object') return { type: 'other', name: String(value) };
  if (Object.getPrototypeOf(value) !== Object.prototype) return { type: 'other', name: value.constructor.name };
  const entries = Object.entries(value).map(([key, member]) => [key, { value: fromPlain(member, depth + 1) }] as const);
  return { type: 'dict', entries: new Map(entries) };
}

function readXml(bytes: Uint8Array): PropertyListValue {
  const text = decodeUtf8(bytes);
  if (text.trim() === '') throw new UnparsableFile(problemAt({ line: 1, column: 1 }, problem('empty-file')));
  const root = parseXml(text);
  if (root.nodeName !== 'plist') throw invalid(`it begins with <${root.nodeName}> instead of <plist>`, root);
  const [top, second] = elementsIn(root);
  if (top === undefined || second !== undefined) {
    throw invalid('<plist> must contain exactly one value, a <dict>', second ?? root);
  }
  return fromElement(top, 1);
}

function parseXml(text: string): Element {
  let first = 'not XML';
  try {
    // Declared entities are not expanded but rejected, so there is nothing to blow up and nothing to fetch.
    const parser = new DOMParser({
      onError(_level, message) {
        first = message;
        throw new Error(message);
      },
    });
    const { documentElement } = parser.parseFromString(text, 'text/xml');
    if (documentElement !== null) return documentElement;
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw invalid(first.split('\n')[0] ?? first, error.locator);
  }
  throw invalid(first);
}

function fromElement(element: Element, depth: number): PropertyListValue {
  const position = positionOf(element);
  if (depth > MAX_DEPTH) throw tooDeep(position);
  switch (element.nodeName) {
    case 'dict':
      return { type: 'dict', entries: entriesOf(element, depth), position };
    case 'array':
      return { type: 'array', items: elementsIn(element).map((item) => fromElement(item, depth + 1)), position };
    case 'string':
      return { type: 'string', text: textOf(element), position };
    case 'integer':
    case 'real':
      return { type: 'number', number: numberIn(element), position };
    case 'true':
    case 'false':
      return { type: 'boolean', truth: element.nodeName === 'true', position };
    case 'date':
    case 'data':
      return { type: 'other', name: element.nodeName, position };
    default:
      throw invalid(`<${element.nodeName}> is not allowed in a property list`, element);
  }
}

function entriesOf(dict: Element, depth: number): Entries {
  const entries: Entries = new Map();
  const children = elementsIn(dict);
  for (let index = 0; index < children.length; index += 2) {
    const [key, value] = [children[index], children[index + 1]];
    if (key === undefined) break;
    if (key.nodeName !== 'key') throw invalid('a <key> is expected here', key);
    if (value === undefined || value.nodeName === 'key') {
      throw invalid('this <key> has no value', key);
    }
    const name = textOf(key);
    if (entries.has(name)) {
      throw new UnparsableFile(problemAt(positionOf(key), problem('key-twice', { key: printable(name) })));
    }
    entries.set(name, { keyPosition: positionOf(key), value: fromElement(value, depth + 1) });
  }
  return entries;
}

function elementsIn(parent: Element): Element[] {
  const elements: Element[] = [];
  for (const child of nodesIn(parent)) {
    if (isElement(child)) elements.push(child);
    else if (isText(child) && (child.nodeValue ?? '').trim() !== '') {
      throw invalid(`<${parent.nodeName}> contains text outside any value`, child);
    }
  }
  return elements;
}

function textOf(element: Element): string {
  for (const child of nodesIn(element)) {
    if (isElement(child)) throw invalid(`<${element.nodeName}> may contain only text`, child);
  }
  return element.textContent ?? '';
}

function numberIn(element: Element): number {
  const text = textOf(element);
  if (!/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) {
    throw invalid(`<${element.nodeName}> does not contain a number`, element);
  }
  return Number(text);
}

function nodesIn(parent: Element): Node[] {
  const nodes: Node[] = [];
  for (let child = parent.firstChild; child !== null; child = child.nextSibling) nodes.push(child);
  return nodes;
}

const isElement = (node: Node): node is Element => node.nodeType === node.ELEMENT_NODE;
const isText = (node: Node): boolean => node.nodeType === node.TEXT_NODE || node.nodeType === node.CDATA_SECTION_NODE;

type Located = { lineNumber?: number | undefined; columnNumber?: number | undefined };

function positionOf({ lineNumber, columnNumber }: Located): Position {
  return { line: lineNumber ?? 1, column: Math.max(1, columnNumber ?? 1) };
}

/** @param where none, or one without a line, for a fault of the whole file. */
function invalid(cause: string, where?: Located): UnparsableFile {
  const position = where?.lineNumber ? positionOf(where) : undefined;
  return new UnparsableFile(problemAt(position, problem('plist-syntax', {}, { cause })));
}

function tooDeep(position?: Position): UnparsableFile {
  return new UnparsableFile(problemAt(position, problem('plist-too-deep', { maximum: MAX_DEPTH })));
}
