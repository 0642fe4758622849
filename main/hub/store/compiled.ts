import { type Kysely, type OperationNode, type RawBuilder, RawNode, ValueNode } from 'kysely';

/** What a driver is given. */
export interface Compiled {
  text: string;
  parameters: readonly unknown[];
}

/** A text, and what stood in its template beside values: with the same objects there, the text is the same. */
interface Known {
  readonly fixed: readonly OperationNode[];
  readonly text: string;
  isKept: boolean;
}

/** A template with more texts than that has others each time. */
const MOST_TEXTS = 8;

/**
 * Compiles statements as Kysely does, which walks through all of a statement each time. A statement that holds nothing but values and constants
 * of a module has the same text whenever it is used, so that text is kept: by the pieces of its template, which are the same array each time.
 *
 * @param keep told, once, each text that is used again: no more than eight for each template in the sources
 */
export function createCompiler(
  kysely: Kysely<unknown>,
  keep: (text: string) => void = () => undefined,
): (statement: RawBuilder<unknown>) => Compiled {
  const texts = new WeakMap<readonly string[], Known[]>();

  return (statement) => {
    const node = statement.toOperationNode();
    if (!RawNode.is(node)) return compile(statement);
    const { values: parameters, fixed } = partsOf(node.parameters);
    const known = texts.get(node.sqlFragments) ?? [];
    const same = known.find((one) => isSame(one.fixed, fixed));
    if (same !== undefined) {
      if (!same.isKept) keep(same.text);
      same.isKept = true;
      return { text: same.text, parameters };
    }
    const compiled = compile(statement);
    // What holds values of its own has others the next time.
    if (known.length < MOST_TEXTS && compiled.parameters.length === parameters.length) {
      texts.set(node.sqlFragments, [...known, { fixed, text: compiled.text, isKept: false }]);
    }
    return compiled;
  };

  function compile(statement: RawBuilder<unknown>): Compiled {
    const { sql: text, parameters } = statement.compile(kysely);
    return { text, parameters };
  }
}

function partsOf(nodes: readonly OperationNode[]): { values: unknown[]; fixed: OperationNode[] } {
  const values: unknown[] = [];
  const fixed: OperationNode[] = [];
  for (const node of nodes) {
    if (ValueNode.is(node) && node.immediate !== true) values.push(node.value);
    else fixed.push(node);
  }
  return { values, fixed };
}

function isSame(one: readonly OperationNode[], other: readonly OperationNode[]): boolean {
  return one.length === other.length && one.every((node, index) => node === other[index]);
}
