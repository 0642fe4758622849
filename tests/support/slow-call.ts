import { once } from 'node:events';
import { request } from 'node:http';

/** A call whose body takes its time. */
export interface SlowCall {
  method: string;
  /** With scheme and host. */
  url: string;
  token: string;
  body: string;
  headers?: Record<string, string>;
}

/** Does something once the hub has looked at who calls, and waits for the body. @returns the status */
export async function slowCall(call: SlowCall, meanwhile: () => Promise<void>): Promise<number | undefined> {
  const { method, url, token, body, headers = {} } = call;
  const slow = request(url, {
    method,
    headers: {
      ...headers,
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': body.length,
      expect: '100-continue',
    },
  });
  const answered = once(slow, 'response');
  slow.flushHeaders();
  await once(slow, 'continue');
  // One more call to the hub: by its answer, it has looked at this one's caller.
  await fetch(new URL('/v1/policy-keys', url));
  slow.write(body.slice(0, 5));
  await meanwhile();
  slow.end(body.slice(5));
  const [response] = await answered;
  response.resume();
  return response.statusCode;
}
