import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import { answering, HttpProblem } from '../../../../main/hub/http/problem-response.ts';
import { silentLogger } from '../../../../main/platform/log/logger.ts';
import { problem } from '../../../../shared/problems/catalogue.ts';
import { HubError } from '../../../../shared/schemas/hub-schema.ts';

it('an answer carries the problem with its arguments, and its next step as the detail', () => {
  const { body } = new HttpProblem(412, problem('revision-conflict', { organization: 'acme', revision: 8 }), {
    organization: 'acme',
  });
  expect(HubError.parse(body)).toEqual({
    type: 'urn:portcullis:problem:revision-conflict',
    title: 'The settings of acme have changed; they are now at revision 8.',
    status: 412,
    code: 'revision-conflict',
    args: { organization: 'acme', revision: 8 },
    detail: 'Get the settings again and repeat your change.',
    organization: 'acme',
  });
});

it('each error in a body is told with its place, cause and next step', () => {
  const { body } = new HttpProblem(422, problem('settings-invalid'), {
    faults: [
      { pointer: '/mode', problem: problem('setting-invalid', {}, { cause: 'expected "enforce"' }) },
      { pointer: '/registries/1/address', problem: problem('registry-listed-twice', { address: 'ghcr.io' }) },
    ],
  });
  expect(HubError.parse(body).errors).toEqual([
    { pointer: '/mode', code: 'setting-invalid', detail: 'This value is not valid (expected "enforce").' },
    {
      pointer: '/registries/1/address',
      code: 'registry-listed-twice',
      args: { address: 'ghcr.io' },
      detail: 'ghcr.io is listed twice. Remove one of the two.',
    },
  ]);
});

describe('what an answer throws', () => {
  const failures: Record<string, (error: Error) => void | Promise<void>> = {
    'at once': (error) => {
      throw error;
    },
    'in the end': (error) => Promise.reject(error),
  };

  it.each(Object.entries(failures))('%s is the answer', async (_when, fail) => {
    const { response, log, told } = played();
    answering(response, log, () => fail(new HttpProblem(409, problem('internal'))));
    await vi.waitFor(() => expect(response.writableEnded).toBe(true));
    expect(response.statusCode).toBe(409);
    answering(played().response, log, () => undefined);
    expect(told).toEqual([]);
  });

  it.each(Object.entries(failures))(
    '%s is logged if it is a defect, and the answer says nothing about it',
    async (_when, fail) => {
      const { response, log, told } = played();
      const defect = new Error('of ours');
      answering(response, log, () => fail(defect));
      await vi.waitFor(() => expect(response.writableEnded).toBe(true));
      expect(response.statusCode).toBe(500);
      expect(told).toEqual([[{ err: defect }, 'request failed']]);
    },
  );

  it('ends the connection where the answer has begun', () => {
    const { response, log } = played();
    response.writeHead(200);
    response.flushHeaders();
    answering(response, log, failures['at once']?.bind(null, new Error('of ours')) ?? (() => undefined));
    expect(response.destroyed).toBe(true);
  });

  function played() {
    const told: unknown[][] = [];
    const log = silentLogger();
    log.error = (...words: unknown[]) => void told.push(words);
    return { response: new ServerResponse(new IncomingMessage(new Socket())), log, told };
  }
});
