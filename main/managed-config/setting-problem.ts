import type { z } from 'zod';
import { printable } from '../../shared/printable.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import type { Problem } from '../../shared/problems/problem.ts';
import { MAX_BREAK_GLASS_HOURS } from '../../shared/schemas/managed-config.ts';
import { pathInWords } from '../platform/fs/schema-fault.ts';

/**
 * One fault that the schema of `PortcullisSettings` found.
 *
 * @param settings what was parsed.
 */
export function problemOfSetting(issue: z.core.$ZodIssue, settings: unknown): Problem {
  const { path, message } = issue;
  if (path.length === 0) return problem('not-an-object', { example: '{"hub":"https://portcullis.example.com"}' });
  const setting = printable(pathInWords(path));
  if (path[0] === 'policyKeys' && path.at(-1) === 'd') return problem('private-key-pinned', { setting });
  if (path[0] === 'breakGlass' && issue.code === 'custom') {
    return problem('break-glass-too-long', { maximum: MAX_BREAK_GLASS_HOURS });
  }
  switch (issue.code) {
    case 'invalid_type':
      return valueAt(settings, path) === undefined
        ? problem('setting-missing', { setting })
        : problem('setting-type', { setting, type: issue.expected });
    case 'too_small':
      return issue.origin === 'number'
        ? problem('setting-too-small', { setting, minimum: Number(issue.minimum) })
        : problem('setting-empty', { setting });
    case 'too_big': {
      const maximum = Number(issue.maximum);
      if (issue.origin === 'number') return problem('setting-too-large', { setting, maximum });
      return issue.origin === 'array'
        ? problem('setting-too-many', { setting, maximum })
        : problem('setting-too-long', { setting, maximum });
    }
    case 'invalid_value':
      return problem('setting-not-an-option', { setting, options: issue.values.map(String) });
    case 'unrecognized_keys':
      return problem('setting-not-allowed', { setting, keys: issue.keys.map((key) => printable(key)) });
    case 'invalid_format':
      if (issue.format === 'url') return problem('setting-not-a-url', { setting });
      if (issue.format === 'datetime') return problem('setting-not-a-time', { setting });
      if (path[0] === 'engine') return problem('setting-not-a-socket', { setting });
      return problem('setting-format', { setting }, { cause: message });
    default:
      return problem('setting-format', { setting }, { cause: message });
  }
}

function valueAt(value: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
}
