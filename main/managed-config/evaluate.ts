import type { FileProblem, ManagedConfig, SourceReading } from '../../shared/schemas/managed-config.ts';
import type { Reading } from './reading.ts';

/**
 * All sources judged together. Of those that name organizations, and of those that hold our own settings, the first that
 * says anything wins; lists are not merged. A fault in either winner is a fault of the whole: a policy key that cannot be
 * read must not leave the machine unmanaged.
 *
 * @param organizations the readings of sources of organizations, in order of precedence
 * @param settings the same for our own settings
 */
export function evaluate(organizations: Reading[], settings: Reading[], trial: boolean): ManagedConfig {
  const enforced = firstThatSpeaks(organizations);
  const ours = firstThatSpeaks(settings);
  const winners = [enforced.winner, ours.winner].filter((winner) => winner !== undefined);
  const overridden = [...enforced.overridden, ...ours.overridden].map((reading) => reading.source);
  const faulty = winners.find(({ source }) => source.verdict === 'malformed' || source.verdict === 'unreadable');
  const rest = winners.filter((winner) => winner !== faulty);

  const decided = faulty?.source ?? enforced.winner?.source;
  const settingsRead = ours.winner?.source.verdict === 'present' ? ours.winner : undefined;
  return {
    verdict: decided?.verdict ?? 'absent',
    allowedOrgs: decided?.verdict === 'present' ? decided.allowedOrgs : [],
    source: decided?.file ?? null,
    problems: [...(faulty ? [faulty] : []), ...rest].flatMap(({ source }) => problemsOf(source)),
    overridden,
    settings: settingsRead?.settings ?? {},
    settingsSource: settingsRead?.source.file ?? null,
    trial,
  };
}

function firstThatSpeaks(readings: Reading[]): { winner: Reading | undefined; overridden: Reading[] } {
  const [winner, ...overridden] = readings.filter(({ source }) => source.verdict !== 'absent');
  return { winner, overridden };
}

function problemsOf({ file, problems }: SourceReading): FileProblem[] {
  return problems.map((problem) => ({ ...problem, file }));
}
