import { DOMParser, type Element, type Node, ParseError } from '@xmldom/xmldom';
import { type PlistValue, parseBinary } from 'plist';
import { decodeUtf8, MAX_DEPTH, type Spot, type Strict } from './strict-json.ts';

/** A value of a property list (plist(5), Apple's PropertyList-1.0.dtd). A spot is known where the file is XML. */
export type PropertyListValue = { spot?: Spot } & (
  | { type: 'dict'; entries: Map<string, { key: { spot?: Spot }; value: PropertyListValue }> }
  | { type: 'array'; items: PropertyListValue[] }
  | { type: 'string'; text: string }
  | { type: 'number'; number: number }
  | { type: 'boolean'; truth: boolean }
  /** A date or data, which no setting of ours is. */
  | { type: 'other'; name: string }
);

/**
 * Reads an XML or a binary property list; both are in use on macOS for the same files. No key twice, as in our JSON; in
 * the binary form, which only tools write, the last one counts.
 */
export function readPropertyList(bytes: Uint8Array): Strict<PropertyListValue> {
  const magic = new TextDecoder('latin1').decode(bytes.subarray(0, 6));
  return magic === 'bplist' ? readBinary(bytes) : readXml(bytes);
}

/** The value as plain data, for a schema to judge. */
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

class Flaw extends Error {
  readonly code: string;
  readonly spot: Spot | undefined;

  constructor(code: string, message: string, spot?: Spot) {
    super(message);
    this.code = code;
    this.spot = spot;
  }
}

function judged(read: () => PropertyListValue): Strict<PropertyListValue> {
  try {
    return { ok: true, value: read() };
  } catch (error) {
    if (!(error instanceof Flaw)) throw error;
    return { ok: false, problem: { code: error.code, message: error.message, ...error.spot } };
  }
}

function readBinary(bytes: Uint8Array): Strict<PropertyListValue> {
  return judged(() => {
    let value: PlistValue;
    try {
      value = parseBinary(bytes);
    } catch {
      // The parser's own words are offsets in a file that nobody edits by hand.
      throw new Flaw('plist-syntax', 'This binary property list is damaged. Write the file anew.');
    }
    return fromPlain(value, 1);
  });
}

function fromPlain(value: PlistValue, depth: number): PropertyListValue {
  if (depth > MAX_DEPTH) throw tooDeep();
  if (typeof value === 'string') return { type: 'string', text: value };
  if (typeof value === 'number') return { type: 'number', number: value };
  if (typeof value === 'boolean') return { type: 'boolean', truth: value };
  if (Array.isArray(value)) return { type: 'array', items: value.map((item) => fromPlain(item, depth + 1)) };
  if (value === null || typeof value !== 'object') return { type: 'other', name: String(value) };
  if (Object.getPrototypeOf(value) !== Object.prototype) return { type: 'other', name: value.constructor.name };
  const entries = Object.entries(value).map(
    ([key, member]) => [key, { key: {}, value: fromPlain(member, depth + 1) }] as const,
  );
  return { type: 'dict', entries: new Map(entries) };
}

function readXml(bytes: Uint8Array): Strict<PropertyListValue> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  if (decoded.value.trim() === '') {
    const problem = { code: 'empty-file', message: 'The file is empty. Write the settings, or take the file away.' };
    return { ok: false, problem: { ...problem, line: 1, column: 1 } };
  }
  return judged(() => {
    const root = parseXml(decoded.value);
    if (root.nodeName !== 'plist') {
      throw new Flaw('plist-syntax', `A property list begins with <plist>, not <${root.nodeName}>.`, spotOf(root));
    }
    const [top, second] = elementsIn(root);
    if (top === undefined || second !== undefined) {
      throw new Flaw('plist-syntax', '<plist> must hold exactly one value, a <dict>.', spotOf(second ?? root));
    }
    return fromElement(top, 1);
  });
}

function parseXml(text: string): Element {
  let first = 'it is no XML';
  try {
    // Declared entities are not expanded but refused, so there is nothing to blow up and nothing to fetch.
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
    const line = error.locator?.lineNumber;
    const spot = line ? { line, column: Math.max(1, error.locator?.columnNumber ?? 1) } : undefined;
    throw new Flaw(
      'plist-syntax',
      `This is no well-formed XML: ${first.split('\n')[0]}. Check it with plutil -lint.`,
      spot,
    );
  }
  throw new Flaw('plist-syntax', `This is no well-formed XML: ${first}. Check it with plutil -lint.`);
}

function fromElement(element: Element, depth: number): PropertyListValue {
  const spot = spotOf(element);
  if (depth > MAX_DEPTH) throw tooDeep(spot);
  switch (element.nodeName) {
    case 'dict':
      return { type: 'dict', entries: entriesOf(element, depth), spot };
    case 'array':
      return { type: 'array', items: elementsIn(element).map((item) => fromElement(item, depth + 1)), spot };
    case 'string':
      return { type: 'string', text: textOf(element), spot };
    case 'integer':
    case 'real':
      return { type: 'number', number: numberIn(element), spot };
    case 'true':
    case 'false':
      return { type: 'boolean', truth: element.nodeName === 'true', spot };
    case 'date':
    case 'data':
      return { type: 'other', name: element.nodeName, spot };
    default:
      throw new Flaw('plist-syntax', `<${element.nodeName}> is no value of a property list.`, spot);
  }
}

function entriesOf(dict: Element, depth: number): Extract<PropertyListValue, { type: 'dict' }>['entries'] {
  const entries: Extract<PropertyListValue, { type: 'dict' }>['entries'] = new Map();
  const children = elementsIn(dict);
  for (let index = 0; index < children.length; index += 2) {
    const [key, value] = [children[index], children[index + 1]];
    if (key === undefined) break;
    if (key.nodeName !== 'key') throw new Flaw('plist-syntax', 'A <key> is expected here.', spotOf(key));
    if (value === undefined || value.nodeName === 'key') {
      throw new Flaw('plist-syntax', 'This <key> has no value behind it.', spotOf(key));
    }
    const name = textOf(key);
    if (entries.has(name)) {
      throw new Flaw('key-twice', `The key "${name}" stands twice in one <dict>. Keep one of the two.`, spotOf(key));
    }
    entries.set(name, { key: { spot: spotOf(key) }, value: fromElement(value, depth + 1) });
  }
  return entries;
}

function elementsIn(parent: Element): Element[] {
  const elements: Element[] = [];
  for (const child of nodesIn(parent)) {
    if (isElement(child)) elements.push(child);
    else if (isText(child) && (child.nodeValue ?? '').trim() !== '') {
      throw new Flaw('plist-syntax', `Text stands in <${parent.nodeName}> outside any value.`, spotOf(child));
    }
  }
  return elements;
}

function textOf(element: Element): string {
  for (const child of nodesIn(element)) {
    if (isElement(child)) throw new Flaw('plist-syntax', `<${element.nodeName}> holds text only.`, spotOf(child));
  }
  return element.textContent ?? '';
}

function numberIn(element: Element): number {
  const text = textOf(element);
  if (!/^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) {
    throw new Flaw('plist-syntax', `<${element.nodeName}> holds no number.`, spotOf(element));
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

function spotOf({ lineNumber, columnNumber }: Node): Spot {
  return { line: lineNumber ?? 1, column: columnNumber ?? 1 };
}

function tooDeep(spot?: Spot): Flaw {
  return new Flaw('plist-too-deep', `Values are nested more than ${MAX_DEPTH} deep. Flatten the file.`, spot);
}
