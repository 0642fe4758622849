import type { z } from 'zod';
import type { Access, PersonState } from '../../../shared/schemas/hub/people.ts';

/** A person as an owner of one organization sees them. */
export interface Standing {
  role: Access;
  state: z.infer<typeof PersonState>;
  /** The only owner who can sign in. */
  isLastOwner: boolean;
  /** Also in an organization that the owner who acts does not own. */
  isElsewhere: boolean;
}

export type Act =
  /** @param identity name or email, which every organization of the person shows */
  { kind: 'change'; role?: Access | undefined; identity: boolean } | { kind: 'remove' | 'reset' | 'invite-again' };

export type Refusal = 'last-owner' | 'person-of-several-organizations' | 'person-not-invited';

/**
 * Why an owner may not do this; undefined where they may. Whoever gets the link to a new password, or chooses the name that others know,
 * has the account: so that takes an owner of each of its organizations.
 */
export function refusalOf(person: Standing, act: Act): Refusal | undefined {
  switch (act.kind) {
    case 'change':
      if (act.identity && person.isElsewhere) return 'person-of-several-organizations';
      return person.isLastOwner && act.role !== undefined && act.role !== 'owner' ? 'last-owner' : undefined;
    case 'remove':
      return person.isLastOwner ? 'last-owner' : undefined;
    case 'reset':
      if (person.isElsewhere) return 'person-of-several-organizations';
      // Until the new password is set, nobody could sign in to change anything.
      return person.isLastOwner ? 'last-owner' : undefined;
    case 'invite-again':
      if (person.state === 'active') return 'person-not-invited';
      return person.isElsewhere ? 'person-of-several-organizations' : undefined;
  }
}

/** Whether it concerns who owns the organization, and so takes a password entered just now. */
export function concernsOwners(person: Pick<Standing, 'role'>, role?: Access): boolean {
  return person.role === 'owner' || role === 'owner';
}
