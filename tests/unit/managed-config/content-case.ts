import type { SourceContent } from '../../../main/managed-config/source.ts';
import type { FileProblem, Verdict } from '../../../shared/schemas/managed-config.ts';

/** One way to write a source, and its outcome. The tables of docs/admin-guide.md are made of these. */
export interface ContentCase {
  title: string;
  /** How the guide shows it, where the content itself would not print. */
  shown?: string;
  content: string | Uint8Array;
  verdict: Extract<Verdict, 'present' | 'malformed' | 'absent'>;
  /** What a present source contains: the organizations, or the settings. */
  value?: unknown;
  /** Each problem (of a present source: warning) in order, as `code`, or `code@line:column` where it has a position. */
  problems?: string[];
}

export const bytesOf = ({ content }: ContentCase): Uint8Array =>
  typeof content === 'string' ? Buffer.from(content, 'utf8') : content;

/** Parsed content in the form in which a case states it. */
export function stated(content: SourceContent<unknown>) {
  const brief = ({ code, line, column }: FileProblem) => (line === undefined ? code : `${code}@${line}:${column}`);
  return {
    verdict: content.verdict,
    value: content.verdict === 'present' ? content.value : undefined,
    problems: content.problems.map(brief),
  };
}

export function expected({ verdict, value, problems = [] }: ContentCase) {
  return { verdict, value, problems };
}
