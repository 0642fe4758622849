import { describeRequest } from '../../shared/messages/describe-request.ts';
import { describeState, organizationOf } from '../../shared/messages/describe-state.ts';
import type { Words } from '../../shared/messages/words.ts';
import { problemIn } from '../../shared/problems/catalogue.ts';
import type { OwnRequest } from '../../shared/schemas/own-request.ts';
import type { Snapshot } from '../../shared/schemas/snapshot.ts';
import type { Notice } from './notice-policy.ts';

export interface NoticeText {
  title: string;
  body: string;
  /** The host that it is about. */
  host: string | null;
  /** What can be done about it, beside seeing why: request access, where that can be, or else copy a request. */
  remedy: 'request' | 'copy' | null;
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
      const remedy = reason === 'not-in-policy' && snapshot?.requests?.unavailable === null ? 'request' : 'copy';
      const click = remedy === 'request' ? words.requests.notice.click : say.click;
      return { title: say.blocked(host), body: buttons ? body : `${body} ${click}`, host, remedy };
    }
    case 'request-news':
      return { ...newsText(notice.request, now, words), host: notice.request.host, remedy: null };
    case 'enforcement-lost':
      return { title: say.lost, body: sentence, ...NOTHING };
    case 'enforcement-restored':
      return { title: say.restored, body: sentence, ...NOTHING };
    case 'sign-in-needed':
      return { title: say.signIn, body: sentence, ...NOTHING };
    case 'agent-failed':
      return {
        title: say.failed,
        body: `${problemIn(words.language, notice.problem).message} ${words.shell.failed.sentence}`,
        ...NOTHING,
      };
  }
}

const NOTHING = { host: null, remedy: null } as const;

function newsText(request: OwnRequest, now: number, words: Words): Pick<NoticeText, 'title' | 'body'> {
  const { notice: say } = words.requests;
  const { state } = describeRequest(request, now, words);
  const body = request.problem === null ? state : problemIn(words.language, request.problem).message;
  const titles: Partial<Record<OwnRequest['state'], (host: string) => string>> = {
    allowed: (request.decided?.teams ?? []).length > 0 ? say.allowedForTeams : say.allowed,
    mirror: say.mirror,
    declined: say.declined,
    refused: say.refused,
  };
  return { title: titles[request.state]?.(request.host) ?? request.host, body };
}
