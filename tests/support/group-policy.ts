import { DOMParser, type Element } from '@xmldom/xmldom';

/** What the Group Policy editor writes for a policy that is enabled; written from Microsoft's description, not from our generator. */
export interface WrittenValue {
  key: string;
  name: string;
  type: 'REG_SZ' | 'REG_DWORD' | 'REG_MULTI_SZ';
  /** As `reg.exe query` lists it. */
  data: string;
}

export function parseXml(text: string): Element {
  const { documentElement } = new DOMParser().parseFromString(text, 'text/xml');
  if (documentElement === null) throw new Error('no XML');
  return documentElement;
}

export function elements(parent: Element, name?: string): Element[] {
  const found: Element[] = [];
  for (let node = parent.firstChild; node !== null; node = node.nextSibling) {
    if (node.nodeType === node.ELEMENT_NODE && (name === undefined || node.nodeName === name))
      found.push(node as Element);
  }
  return found;
}

export function descendants(parent: Element): Element[] {
  return elements(parent).flatMap((child) => [child, ...descendants(child)]);
}

export function only(parent: Element, name: string): Element {
  const [first, second] = elements(parent, name);
  if (first === undefined || second !== undefined) throw new Error(`<${parent.nodeName}> must have one <${name}>`);
  return first;
}

const attribute = (element: Element, name: string): string => {
  const value = element.getAttribute(name);
  if (value === null || value === '') throw new Error(`<${element.nodeName}> has no ${name}`);
  return value;
};

export function policiesOf(admx: Element): Map<string, Element> {
  const policies = elements(only(admx, 'policies'), 'policy');
  return new Map(policies.map((policy) => [attribute(policy, 'name'), policy]));
}

/** @returns null where the template does not take this value. */
export function written(policy: Element, value: unknown): WrittenValue | null {
  const key = `HKEY_LOCAL_MACHINE\\${attribute(policy, 'key')}`;
  const switched = elements(policy, value === false ? 'disabledValue' : 'enabledValue')[0];
  if (switched !== undefined) {
    const number = Number(attribute(only(switched, 'decimal'), 'value'));
    return { key, name: attribute(policy, 'valueName'), type: 'REG_DWORD', data: `0x${number.toString(16)}` };
  }
  const [element, second] = elements(only(policy, 'elements'));
  if (element === undefined || second !== undefined) throw new Error('one value for each policy');
  const name = attribute(element, 'valueName');
  const number = (of: string, otherwise: number) => Number(element.getAttribute(of) ?? otherwise);
  switch (element.nodeName) {
    case 'text': {
      const text = typeof value === 'string' ? value : JSON.stringify(value);
      return text.length <= number('maxLength', 1023) ? { key, name, type: 'REG_SZ', data: text } : null;
    }
    case 'decimal': {
      if (typeof value !== 'number' || !Number.isInteger(value)) return null;
      const fits = value >= number('minValue', 0) && value <= number('maxValue', 9999);
      return fits ? { key, name, type: 'REG_DWORD', data: `0x${value.toString(16)}` } : null;
    }
    case 'multiText': {
      const lines = value as string[];
      return lines.length <= number('maxStrings', Number.POSITIVE_INFINITY)
        ? { key, name, type: 'REG_MULTI_SZ', data: lines.join('\\0') }
        : null;
    }
    case 'enum': {
      const items = elements(element, 'item').map((item) => only(only(item, 'value'), 'string').textContent ?? '');
      return items.includes(value as string) ? { key, name, type: 'REG_SZ', data: value as string } : null;
    }
    default:
      throw new Error(`<${element.nodeName}> is not expected`);
  }
}

/** `reg.exe query KEY` after these were written. */
export function listing(key: string, values: readonly WrittenValue[]): Buffer {
  const lines = values.map(({ name, type, data }) => `    ${name}    ${type}    ${data}`);
  return Buffer.from(['', key, ...lines, '', ''].join('\r\n'));
}
