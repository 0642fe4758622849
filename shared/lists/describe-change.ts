import type { SettingsChange } from '../schemas/hub/changes.ts';

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
    case 'more':
      return `and ${change.added + change.removed + change.renamed} more`;
  }
}

function named(address: string, nickname: string | undefined): string {
  return nickname === undefined ? address : `${address} (${nickname})`;
}
