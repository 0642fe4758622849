import fc from 'fast-check';
import { expect, it } from 'vitest';
import { framed, TcpFrames } from '../../../../main/gateway/dns/tcp-frames.ts';

it('cuts what arrives into the messages that were sent, however it is split into chunks', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1 }),
      (messages, chunkLengths) => {
        const sent = Buffer.concat(messages.map((message) => framed(message, message.length)));
        const frames = new TcpFrames();
        const received: Buffer[] = [];
        for (let at = 0, chunk = 0; at < sent.length; chunk += 1) {
          const length = chunkLengths[chunk % chunkLengths.length] ?? 1;
          frames.append(sent.subarray(at, at + length));
          at += length;
          for (let frame = frames.next(); frame !== null; frame = frames.next()) received.push(frame);
        }
        expect(received).toEqual(messages.map((message) => Buffer.from(message)));
        expect(frames.hasPartial()).toBe(false);
      },
    ),
  );
});

it('knows the length of a message that has not arrived', () => {
  const frames = new TcpFrames();
  expect(frames.nextLength()).toBeNull();
  frames.append(Buffer.from([0x12]));
  expect(frames.nextLength()).toBeNull();
  expect(frames.hasPartial()).toBe(true);
  frames.append(Buffer.from([0x34, 0]));
  expect(frames.nextLength()).toBe(0x1234);
  expect(frames.next()).toBeNull();
});
