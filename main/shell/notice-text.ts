import { describeState, organizationOf } from '../../shared/messages/describe-state.ts';
import type { Snapshot } from '../../shared/snapshot.ts';
import type { Notice } from './notice-keeper.ts';
import type { Words } from './words.ts';

export interface NoticeText {
  title: string;
  body: string;
  /** Whether it can be asked about: then it has the buttons "Why?" and "Copy request". */
  subject: string | null;
}

export function noticeText(notice: Notice, snapshot: Snapshot | null, now: number, words: Words): NoticeText {
  const { notice: say } = words.shell;
  const sentence = snapshot === null ? '' : describeState(snapshot, now, words.state, words.time).sentence;
  switch (notice.kind) {
    case 'refused': {
      const { host, reason } = notice.denial;
      const org = snapshot === null ? '' : organizationOf(snapshot);
      return { title: say.refused(host), body: words.state.reason[reason](host, org, ''), subject: host };
    }
    case 'enforcement-lost':
      return { title: say.lost, body: sentence, subject: null };
    case 'enforcement-restored':
      return { title: say.restored, body: sentence, subject: null };
    case 'sign-in-needed':
      return { title: say.signIn, body: sentence, subject: null };
    case 'agent-failed':
      return { title: say.failed, body: words.shell.failed.sentence, subject: null };
  }
}
