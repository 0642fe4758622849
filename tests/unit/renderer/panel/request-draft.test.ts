import { beforeEach, describe, expect, it } from 'vitest';
import { createRequestDraft, type RequestDraft } from '../../../../renderer/panel/requests/request-draft.ts';
import { ProblemError } from '../../../../shared/problems/problem.ts';
import { refusedImage } from '../../../support/panel-data.ts';
import { playConnection } from '../../../support/played-connection.ts';

let called: string[];
let draft: RequestDraft;

beforeEach(() => {
  called = [];
  const connection = playConnection({
    'decide.explain': async ({ subject }) => {
      called.push(`explain ${subject}`);
      if (subject === 'nonsense') throw new ProblemError({ code: 'image-empty', message: 'No.' });
      return { ...refusedImage, subject };
    },
    'requests.create': async ({ subject, host, reason }) => {
      called.push(`create ${subject} ${host} ${reason}`);
      throw new ProblemError({ code: 'some-problem', message: 'No.' });
    },
  });
  draft = createRequestDraft(connection);
});

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('a request that is filled in', () => {
  it('by a link is read by the agent, and nothing is sent', async () => {
    draft.open({ subject: 'gcr.io/distroless/static', host: null, from: 'link' });
    await settled();
    expect(draft.store.getState().draft).toMatchObject({ host: 'gcr.io', from: 'link' });
    expect(called).toEqual(['explain gcr.io/distroless/static']);
  });

  it('is not replaced by what a link or a notification fills in while the user is about to send it', async () => {
    draft.open({ subject: 'gcr.io', host: 'gcr.io', from: 'user' });
    draft.open({ subject: 'evil.example', host: null, from: 'link' });
    draft.open({ subject: 'evil.example', host: 'evil.example', from: 'notification' });
    await settled();
    expect(draft.store.getState().draft).toMatchObject({ host: 'gcr.io', from: 'user' });
    expect(called).toEqual([]);
  });

  it('says why there is nothing to request', async () => {
    draft.open({ subject: 'nonsense', host: null, from: 'link' });
    await settled();
    expect(draft.store.getState().problem?.code).toBe('image-empty');
    draft.close();
    expect(draft.store.getState()).toEqual({ draft: null, problem: null });
  });

  it('closed meanwhile stays closed', async () => {
    draft.open({ subject: 'gcr.io', host: null, from: 'link' });
    draft.close();
    await settled();
    expect(draft.store.getState().draft).toBeNull();
  });

  it('starts without the outcome of the one before', async () => {
    draft.open({ subject: 'gcr.io', host: 'gcr.io', from: 'user' });
    await draft.send.run({ subject: 'gcr.io', host: 'gcr.io', from: 'user' }, 'a build');
    expect(draft.send.store.getState().phase).toBe('failed');
    draft.close();
    draft.open({ subject: 'quay.io', host: 'quay.io', from: 'user' });
    expect(draft.send.store.getState().phase).toBe('idle');
    expect(called).toEqual(['create gcr.io gcr.io a build']);
  });
});
