import { MAX_SNAPSHOT_BYTES, type Snapshot } from '../../shared/schemas/snapshot.ts';

const FEW = 5;
const MANY_ORGANIZATIONS = 100;

/**
 * Makes a snapshot small enough to be sent whole, even if an administrator lists ten thousand organizations. What can be looked
 * up elsewhere is left out first.
 */
export function fitSnapshot(snapshot: Snapshot): Snapshot {
  let fitted = snapshot;
  for (const cut of CUTS) {
    if (Buffer.byteLength(JSON.stringify(fitted)) <= MAX_SNAPSHOT_BYTES) return fitted;
    fitted = cut(fitted);
  }
  return fitted;
}

type Cut = (snapshot: Snapshot) => Snapshot;

const CUTS: Cut[] = [
  withManaged((managed) => ({
    ...managed,
    overridden: managed.overridden.slice(0, FEW).map((reading) => ({ ...reading, allowedOrgs: [], problems: [] })),
    problems: managed.problems.slice(0, FEW),
  })),
  withManaged((managed) => ({ ...managed, allowedOrgs: managed.allowedOrgs.slice(0, MANY_ORGANIZATIONS) })),
  (snapshot) => ({ ...snapshot, health: snapshot.health.slice(0, FEW) }),
  (snapshot) => ({ ...snapshot, engines: snapshot.engines.slice(0, FEW) }),
  (snapshot) => ({ ...snapshot, caveats: [] }),
];

function withManaged(change: (managed: NonNullable<Snapshot['managed']>) => Snapshot['managed']): Cut {
  return (snapshot) => (snapshot.managed === null ? snapshot : { ...snapshot, managed: change(snapshot.managed) });
}
