import { describeState, organizationOf } from '../../shared/messages/describe-state.ts';
import type { Words } from '../../shared/messages/words.ts';
import { problemIn } from '../../shared/problems/catalogue.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import type { Notice } from './notice-policy.ts';

export interface NoticeText {
  title: string;
  body: string;
  /** The blocked host; with one the notification has the buttons "Why?" and "Copy request". */
  host: string | null;
}

/** @param buttons whether the system shows any; if not, the text says what a click does. */
export function noticeText(
  notice: Notice,
  snapshot: Snapshot | null,
  now: number,
  words: Words,
  buttons: boolean,
): NoticeText {
  const { notice: say } = words.shell;
  const sentence = snapshot === null ? '' : describeState(snapshot, now, words).sentence;
  switch (notice.kind) {
    case 'blocked': {
      const { host, reason } = notice.denial;
      const org = snapshot === null ? '' : organizationOf(snapshot);
      const body = words.state.reason[reason](host, org, '');
      return { title: say.blocked(host), body: buttons ? body : `${body} ${say.click}`, host };
    }
    case 'enforcement-lost':
      return { title: say.lost, body: sentence, host: null };
    case 'enforcement-restored':
      return { title: say.restored, body: sentence, host: null };
    case 'sign-in-needed':
      return { title: say.signIn, body: sentence, host: null };
    case 'agent-failed':
      return {
        title: say.failed,
        body: `${problemIn(words.language, notice.problem).message} ${words.shell.failed.sentence}`,
        host: null,
      };
  }
}
