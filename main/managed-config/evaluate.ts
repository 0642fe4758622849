import type { FileProblem, ManagedConfig, SourceState } from '../../shared/schemas/managed-config.ts';
import type { Reading } from './source.ts';

/**
 * Evaluates all sources together. Of those for organizations, and of those for our own settings, the first that contains anything
 * wins; lists are not merged. If either winner is at fault, the whole configuration is: a policy key that cannot be read must
 * not leave the machine unmanaged.
 *
 * @param organizations readings of the sources of organizations, in order of precedence
 * @param settings the same for our own settings
 */
export function evaluate(organizations: Reading[], settings: Reading[], trial: boolean): ManagedConfig {
  const enforced = firstPresent(organizations);
  const ours = firstPresent(settings);
  const winners = [enforced.winner, ours.winner].filter((winner) => winner !== undefined);
  const overridden = [...enforced.overridden, ...ours.overridden].map((reading) => reading.source);
  const faulty = winners.find(({ source }) => source.verdict === 'malformed' || source.verdict === 'unreadable');
  const rest = winners.filter((winner) => winner !== faulty);

  const deciding = faulty?.source ?? enforced.winner?.source;
  // What was meant to restrict this machine and names nobody; without effect beside anything that does.
  const voids = enforced.winner === undefined ? organizations : [];
  const settingsReading = ours.winner?.source.verdict === 'present' ? ours.winner : undefined;
  return {
    verdict: deciding?.verdict ?? 'absent',
    allowedOrgs: deciding?.verdict === 'present' ? deciding.allowedOrgs : [],
    source: deciding?.file ?? null,
    problems: [...(faulty ? [faulty] : []), ...rest, ...voids].flatMap(({ source }) => problemsOf(source)),
    overridden,
    settings: settingsReading?.settings ?? {},
    settingsSource: settingsReading?.source.file ?? null,
    trial,
  };
}

/** The first that is not absent; a faulty one is not skipped either. */
function firstPresent(readings: Reading[]): { winner: Reading | undefined; overridden: Reading[] } {
  const [winner, ...overridden] = readings.filter(({ source }) => source.verdict !== 'absent');
  return { winner, overridden };
}

function problemsOf({ file, problems }: SourceState): FileProblem[] {
  return problems.map((problem) => ({ ...problem, file }));
}
