import { type Kysely, type OperationNode, type RawBuilder, RawNode, ValueNode } from 'kysely';

/** What a driver is given. */
export interface Compiled {
  text: string;
  parameters: readonly unknown[];
}

/**
 * Compiles statements as Kysely does, which walks through all of a statement each time. A statement that holds nothing but values has the
 * same text whenever it is used, so that text is kept: by the pieces of its template, which are the same array each time.
 */
export function createCompiler(kysely: Kysely<unknown>): (statement: RawBuilder<unknown>) => Compiled {
  const texts = new WeakMap<readonly string[], string>();

  return (statement) => {
    const node = statement.toOperationNode();
    const parameters = RawNode.is(node) ? valuesOf(node.parameters) : null;
    if (parameters === null) return compile(statement);
    const pieces = (node as RawNode).sqlFragments;
    const known = texts.get(pieces);
    if (known !== undefined) return { text: known, parameters };
    const compiled = compile(statement);
    texts.set(pieces, compiled.text);
    return compiled;
  };

  function compile(statement: RawBuilder<unknown>): Compiled {
    const { sql: text, parameters } = statement.compile(kysely);
    return { text, parameters };
  }
}

/** @returns null where one of them is part of the text */
function valuesOf(nodes: readonly OperationNode[]): unknown[] | null {
  const values: unknown[] = [];
  for (const node of nodes) {
    if (!ValueNode.is(node) || node.immediate === true) return null;
    values.push(node.value);
  }
  return values;
}
