import { QUIET_SECONDS, type Scenario } from './simulate.ts';

const HOUR = 3600;
/** What comes of an event, and of what it left in step. */
const AFTER = 75 * 60;
const QUIET = { kind: 'hub', power: 'always', policyAge: HOUR } as const;

function outageOf(hours: number): Scenario {
  const until = QUIET_SECONDS + hours * HOUR;
  return {
    ...QUIET,
    name: `outage-${hours}`,
    title: `after an outage of ${hours} ${hours === 1 ? 'hour' : 'hours'}`,
    seconds: until + AFTER,
    outage: { from: QUIET_SECONDS, until },
    revisionAt: until,
    // Signed just before: by the rhythm of the hub it is between 0 and 36 hours old, and one of more than an hour does not last that long.
    policyAge: hours > 24 ? 0 : HOUR,
  };
}

/** In which a hub that is away is heard of again, and news is told. */
export const SCENARIOS: readonly Scenario[] = [
  { ...QUIET, name: 'day', title: 'a normal day', seconds: 24 * HOUR, power: 'office', revisionAt: 11 * HOUR },
  outageOf(1),
  outageOf(12),
  outageOf(71),
  {
    ...QUIET,
    name: 'reboot',
    title: 'all machines start within ten minutes',
    seconds: QUIET_SECONDS + AFTER,
    reboot: { from: QUIET_SECONDS, within: 600 },
  },
  {
    ...QUIET,
    name: 'reboot-minute',
    title: 'all machines start within one minute, at servers that answer three times the usual requests',
    seconds: QUIET_SECONDS + AFTER,
    reboot: { from: QUIET_SECONDS, within: 60 },
    capacity: 3,
  },
  { ...QUIET, name: 'news', title: 'a new revision', seconds: QUIET_SECONDS + AFTER, revisionAt: QUIET_SECONDS },
  {
    ...QUIET,
    name: 'restart',
    title: 'all event streams lost at once',
    seconds: QUIET_SECONDS + AFTER,
    restartAt: QUIET_SECONDS,
  },
  {
    ...QUIET,
    kind: 'files',
    name: 'files-news',
    title: 'a new revision',
    seconds: QUIET_SECONDS + AFTER,
    revisionAt: QUIET_SECONDS,
  },
  { ...outageOf(12), kind: 'files', name: 'files-outage-12' },
];
