import { expect, it } from 'vitest';
import { wouldWait } from '../../../../main/agent/session/secret-service.ts';
import type { RunCommand } from '../../../../main/platform/process/run-command.ts';

const ITEM = '/org/freedesktop/secrets/collection/login/1';

/** What each program answers; one that is not named is not installed. */
function answering(answers: Record<string, string>): RunCommand & { asked: (readonly string[])[] } {
  const asked: (readonly string[])[] = [];
  const run: RunCommand = async (command) => {
    asked.push(command);
    const answer = answers[command[0] ?? ''];
    if (answer === undefined) return { kind: 'failed', errno: 'ENOENT', cause: 'not found' };
    return { kind: 'exited', code: 0, stdout: Buffer.from(answer), stderr: Buffer.alloc(0) };
  };
  return Object.assign(run, { asked });
}

const secret = { service: 'Portcullis', account: `/home/mia's \\ folder` };

it.each([
  ['locked, by busctl', { busctl: `{"type":"aoao","data":[[],["${ITEM}"]]}` }, true],
  ['open, by busctl', { busctl: `{"type":"aoao","data":[["${ITEM}"],[]]}` }, false],
  ['both, by busctl', { busctl: `{"type":"aoao","data":[["${ITEM}"],["${ITEM}"]]}` }, false],
  ['absent, by busctl', { busctl: '{"type":"aoao","data":[[],[]]}' }, false],
  ['nonsense, by busctl', { busctl: '[' }, false],
  ['locked, by gdbus', { gdbus: `(@ao [], [objectpath '${ITEM}'])\n` }, true],
  ['open, by gdbus', { gdbus: `([objectpath '${ITEM}'], @ao [])\n` }, false],
  ['absent, by gdbus', { gdbus: '(@ao [], @ao [])\n' }, false],
  ['unknown, because there is no such program', {}, false],
])('a secret that is %s', async (_what, answers, expected) => {
  expect(await wouldWait(answering(answers), secret)).toBe(expected);
});

it('a keyring that does not answer would be waited for', async () => {
  const asked: string[] = [];
  const run: RunCommand = async ([name = '']) => {
    asked.push(name);
    return { kind: 'failed', errno: null, cause: 'no answer within 3 s' };
  };
  expect(await wouldWait(run, secret)).toBe(true);
  expect(asked).toEqual(['busctl']);
});

it('is asked for by its own attributes, whatever is in them', async () => {
  const run = answering({});
  await wouldWait(run, secret);
  const [busctl, gdbus] = run.asked;
  expect(busctl?.slice(-5)).toEqual(['2', 'service', 'Portcullis', 'account', secret.account]);
  expect(gdbus?.at(-1)).toBe(`{'service': 'Portcullis', 'account': '/home/mia\\'s \\\\ folder'}`);
});
