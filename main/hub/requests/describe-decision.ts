import type { Decided } from './request-store.ts';

/** A decision as one English phrase of the activity. */
export function describeDecision(host: string, decided: Decided, people: number): string {
  const { kind, addresses = [], until, teams = [], use = '', reason = '' } = decided;
  const whose = people === 0 ? 'asked for by nobody' : `asked for by ${people === 1 ? '1 person' : `${people} people`}`;
  const only = teams.length === 0 ? '' : ` for ${teams.join(', ')}`;
  const ends = until === undefined ? '' : ` until ${until}`;
  switch (kind) {
    case 'allow': {
      const others = addresses.filter((address) => address !== host);
      return `allowed ${host}${only}${ends}${others.length === 0 ? '' : ` with ${others.join(', ')}`}, ${whose}`;
    }
    case 'mirror':
      return `suggested ${use} instead of ${host}, ${whose}`;
    case 'decline':
      return `declined ${host}, ${whose}: ${reason}`;
  }
}
