import { problemIn } from '../problems/catalogue.ts';
import type { Problem } from '../problems/problem.ts';
import type { Snapshot } from '../schemas/snapshot.ts';
import { type StateAction, summaryOf } from '../state/derive-state.ts';
import { belongs } from '../state/session.ts';
import type { StateMessages } from './en/state.ts';
import { nameList } from './name-list.ts';
import type { Words } from './words.ts';

export interface StateText {
  headline: string;
  /** What belongs beside every headline, so that a demo never looks like the real thing; else null. */
  badge: string | null;
  sentence: string;
  /** The file that made it so, where the sentence does not name it; else null. */
  setIn: string | null;
  /** The label of the one thing to do; null where there is nothing to do. */
  action: string | null;
}

type StateWords = Pick<Words, 'language' | 'state' | 'time'>;

/** The state in words: the same three lines in the panel, the tray, the CLI and the report. */
export function describeState(snapshot: Snapshot, now: number, words: StateWords): StateText {
  const { state, engine } = snapshot;
  return {
    headline: headlineOf(snapshot, now, words),
    badge: engine.kind === 'demo' ? words.state.noEngineAttached : null,
    sentence: sentenceOf(snapshot, now, words),
    setIn: fileOf(snapshot),
    action: state.action === null ? null : actionLabel(state.action, snapshot, words.state),
  };
}

function fileOf({ state, session }: Snapshot): string | null {
  const isNamed = state.cause === 'wrong-organization' || state.cause === 'no-policy-key';
  return isNamed || (state.id === 'sign-in-required' && session?.kind !== 'wrong-organization') ? state.source : null;
}

/** The headline with its badge, for surfaces that have one line of text. */
export function titleOf({ headline, badge }: Pick<StateText, 'headline' | 'badge'>): string {
  return badge === null ? headline : `${headline} (${badge})`;
}

function actionLabel(action: StateAction, { session }: Snapshot, messages: StateMessages): string {
  const again = action === 'sign-in' && session !== null && belongs(session);
  return again ? messages.signInAgain : messages.action[action];
}

function headlineOf(snapshot: Snapshot, now: number, { state, time }: StateWords): string {
  const { headline } = state;
  const { id } = snapshot.state;
  switch (id) {
    case 'securing':
      if (unprovenOf(snapshot) !== null) return headline.unproven();
      return headline.securing(snapshot.filter?.kind === 'applying' ? snapshot.filter.revision : null);
    case 'enforcing-stale': {
      const { lastContact } = snapshot.sync;
      return headline[id](organizationOf(snapshot), lastContact === null ? null : time.ago(lastContact, now));
    }
    case 'enforcing':
      return headline.enforcing(organizationOf(snapshot));
    default:
      return headline[id]();
  }
}

function sentenceOf(snapshot: Snapshot, now: number, words: StateWords): string {
  const { state, time } = words;
  const { sentence } = state;
  const { id } = snapshot.state;
  const current = snapshot.policy === null ? null : summaryOf(snapshot.policy);
  switch (id) {
    case 'locked':
      return lockSentence(snapshot, words);
    case 'not-enforcing':
      return snapshot.filter?.kind === 'failed' ? messageOf(snapshot.filter.problem, words) : sentence[id]();
    case 'sign-in-required': {
      const organizations = nameList(snapshot.managed?.allowedOrgs ?? [], 'disjunction', words);
      if (snapshot.session?.kind === 'wrong-organization') {
        return wrongOrganization(snapshot.session, organizations, words);
      }
      return sentence[id](organizations);
    }
    case 'securing': {
      const unproven = unprovenOf(snapshot);
      const meanwhile = sentence.securing(current?.revision ?? null);
      return unproven === null ? meanwhile : `${messageOf(unproven, words)} ${meanwhile}`;
    }
    case 'restrictions-off':
      return sentence[id](organizationOf(snapshot));
    case 'auditing':
      return sentence.auditing(
        snapshot.deniedToday,
        current?.enforceFrom === undefined ? null : time.exact(current.enforceFrom * 1000),
      );
    case 'enforcing-stale':
      return sentence[id](time.exact((current?.exp ?? 0) * 1000));
    case 'enforcing':
      return sentence.enforcing(
        (current?.registries ?? 0) - (current?.skipped ?? 0),
        time.ago(snapshot.filter?.kind === 'verified' ? snapshot.filter.at : now, now),
      );
    default:
      return sentence[id]();
  }
}

function wrongOrganization(
  {
    user,
    has,
    problem,
  }: Pick<Extract<Snapshot['session'], { kind: 'wrong-organization' }>, 'user' | 'has' | 'problem'>,
  allowed: string,
  words: StateWords,
): string {
  // Easily overlooked, so it is said in the problem's own words.
  if (problem?.code === 'organization-case') return messageOf(problem, words);
  return words.state.sentence['wrong-organization'](
    allowed,
    user.name ?? user.sub,
    nameList(has, 'conjunction', words),
  );
}

/** Why nothing is proven, where nothing is being applied either. */
function unprovenOf({ filter }: Snapshot): Problem | null {
  return filter?.kind === 'unknown' ? filter.problem : null;
}

function lockSentence(snapshot: Snapshot, words: StateWords): string {
  const { lock, lineOf, renewal, sentence } = words.state;
  const { cause } = snapshot.state;
  switch (cause) {
    case 'configuration-malformed':
    case 'configuration-unreadable': {
      const problem = snapshot.managed?.problems[0];
      const file = snapshot.managed?.source ?? '';
      const where = problem?.line ? lineOf(file, problem.line) : file;
      if (problem === undefined) return lock[cause](where);
      const { message, cause: seen, next } = problemIn(words.language, problem);
      const what = [message, seen && `(${seen})`, next].filter(Boolean).join(' ');
      return lock[cause](message.includes(where) ? what : `${what} (${where})`);
    }
    case 'policy-expired': {
      const exp = (snapshot.policy?.kind === 'none' ? 0 : (snapshot.policy?.policy?.exp ?? 0)) * 1000;
      const org = organizationOf(snapshot);
      return `${lock[cause](org, words.time.exact(exp))} ${renewal[renewalOf(snapshot.sync, exp)](org)}`;
    }
    case 'policy-rejected':
      return lock[cause](snapshot.policy?.kind === 'rejected' ? messageOf(snapshot.policy.problem, words) : '');
    case 'no-policy-key': {
      const missing = lock[cause](nameList(snapshot.managed?.allowedOrgs ?? [], 'disjunction', words));
      const problem = snapshot.session?.kind === 'wrong-organization' ? snapshot.session.problem : undefined;
      // There is none because of that.
      return problem?.code === 'organization-case' ? `${messageOf(problem, words)} ${missing}` : missing;
    }
    case 'no-membership': {
      const { problem } = snapshot.sync;
      const missing = lock[cause](organizationOf(snapshot));
      return problem === null ? missing : `${missing} ${messageOf(problem, words)}`;
    }
    case 'no-policy':
      return lock[cause](organizationOf(snapshot));
    case 'wrong-organization': {
      const { session, managed } = snapshot;
      if (session === null || !('user' in session)) return lock[cause]('');
      const has = belongs(session) ? [session.org, ...(session.others ?? [])] : session.has;
      const wrong = session.kind === 'wrong-organization' ? session.problem : undefined;
      const allowed = nameList(managed?.allowedOrgs ?? [], 'disjunction', words);
      return lock[cause](wrongOrganization({ user: session.user, has, problem: wrong }, allowed, words));
    }
    case 'gateway-failed':
    case null: {
      const problem = snapshot.filter?.kind === 'failed' ? snapshot.filter.problem : null;
      // Its own message would only say again what the sentence says.
      if (problem?.code === 'gateway-away') return sentence['gateway-away']();
      return lock['gateway-failed'](problem === null ? '' : messageOf(problem, words));
    }
  }
}

function messageOf(problem: Problem, { language }: StateWords): string {
  return problemIn(language, problem).message;
}

/** What is known of a policy's successor since it expired, at `exp` in milliseconds since 1970. */
function renewalOf({ running, problem, lastContact }: Snapshot['sync'], exp: number): keyof StateMessages['renewal'] {
  if (running) return 'being-fetched';
  if (problem !== null) return 'not-fetched';
  return lastContact !== null && lastContact >= exp ? 'none-newer' : 'not-tried';
}

/** The organization the sentence is about: the session's, else the policy's, else the one that is required. */
export function organizationOf(snapshot: Snapshot): string {
  if (snapshot.session !== null && belongs(snapshot.session)) return snapshot.session.org;
  const current = snapshot.policy === null ? null : summaryOf(snapshot.policy);
  return current?.org ?? snapshot.managed?.allowedOrgs[0] ?? '';
}
