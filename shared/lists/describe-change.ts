import type { GrantTerms, SettingsChange } from '../schemas/hub/changes.ts';

/** A change as one English phrase, for the command line and the activity of programs that do not know the kinds. */
export function describeChange(change: SettingsChange): string {
  switch (change.kind) {
    case 'restored':
      return `restored revision ${change.revision}`;
    case 'restrictions':
      return `turned restrictions ${change.on ? 'on' : 'off'}`;
    case 'mode':
      return `switched to ${change.to}`;
    case 'enforce-from':
      return change.to === null ? 'removed the date from which to enforce' : `will enforce from ${change.to}`;
    case 'contact':
      return change.to === null ? 'removed the contact' : `changed the contact to ${change.to}`;
    case 'added':
      return `added ${named(change.address, change.nickname)}`;
    case 'removed':
      return `removed ${named(change.address, change.nickname)}`;
    case 'renamed': {
      const before = named(change.address, change.from ?? undefined);
      return change.to === null ? `removed the nickname of ${before}` : `renamed ${before} to ${change.to}`;
    }
    case 'reordered':
      return 'reordered the registries';
    case 'grant-added':
      return `added ${granted(change.address, change)}`;
    case 'grant-removed':
      return `removed ${granted(change.address, change)}`;
    case 'grant-over':
      return `removed ${granted(change.address, change)}, which has expired`;
    case 'grant-changed': {
      const { address, from, to } = change;
      return `changed ${named(address, from.nickname)}: ${describeTerms(to)} instead of ${describeTerms(from)}`;
    }
    case 'hint':
      return change.to === null
        ? `no longer suggests anything instead of ${change.address}`
        : `suggests ${change.to} instead of ${change.address}`;
    case 'requests':
      return `turned requests ${change.on ? 'on' : 'off'}`;
    case 'support': {
      const { text, url } = change.to ?? {};
      const told = [text, url].filter((part) => part !== undefined).join(', ');
      return told === '' ? 'removed the support contact' : `changed the support contact to ${told}`;
    }
    case 'more':
      return `and ${change.added + change.removed + change.renamed + (change.others ?? 0)} more`;
  }
}

function granted(address: string, grant: GrantTerms): string {
  return `${named(address, grant.nickname)} ${describeTerms({ ...grant, nickname: undefined })}`;
}

/** `until 2026-12-04T17:00:00Z for team platform`; a nickname where that is named too. */
export function describeTerms({
  nickname,
  until,
  teams = [],
}: {
  [Name in keyof GrantTerms]: GrantTerms[Name] | undefined;
}): string {
  const parts = [
    ...(until === undefined ? [] : [`until ${until}`]),
    ...(teams.length === 0 ? [] : [`for ${teams.length === 1 ? 'team' : 'teams'} ${teams.join(', ')}`]),
    ...(nickname === undefined ? [] : [`(${nickname})`]),
  ];
  return parts.join(' ');
}

function named(address: string, nickname: string | undefined): string {
  return nickname === undefined ? address : `${address} (${nickname})`;
}
