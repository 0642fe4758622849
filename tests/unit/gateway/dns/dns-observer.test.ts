import { expect, it } from 'vitest';
import { createDnsObserver } from '../../../../main/gateway/dns/dns-observer.ts';
import { nameAsBytes } from '../../../../main/gateway/dns/wire.ts';
import type { FromDnsWorker } from '../../../../main/gateway/dns/worker-messages.ts';
import { manualClock } from '../../../support/manual-clock.ts';

function observing() {
  const sent: FromDnsWorker[] = [];
  const clock = manualClock(0);
  const observer = createDnsObserver((message) => sent.push(message), clock);
  return {
    sent,
    /** Lets the interval pass in which names are collected. */
    pass: () => clock.advance(200),
    deny(host: string) {
      const name = nameAsBytes(host) ?? expect.unreachable();
      observer.denied('engine', name, 0, name.length, 'not-in-policy', true);
    },
    probe(nonce: string) {
      const name = nameAsBytes(`n${nonce}.probe.portcullis.internal`) ?? expect.unreachable();
      observer.probe('engine', name, 0, 3);
    },
  };
}

it('sends the denied names of a moment in one message', () => {
  const { sent, pass, deny } = observing();
  for (const host of ['gcr.io', 'gcr.io', 'quay.io']) deny(host);
  expect(sent).toEqual([]);
  pass();
  expect(sent).toMatchObject([
    {
      kind: 'denied',
      since: 0,
      names: [
        { host: 'gcr.io', count: 2 },
        { host: 'quay.io', count: 1 },
      ],
    },
  ]);
  deny('gcr.io');
  pass();
  expect(sent[1]).toMatchObject({ since: 200, names: [{ host: 'gcr.io', count: 1 }] });
});

it('sends probes at once, but no flood of them', () => {
  const { sent, pass, probe } = observing();
  const nonce = '0123456789abcdef0123456789abcdef';
  probe(nonce);
  expect(sent).toEqual([{ kind: 'probe', probe: { nonce, view: 'engine', generation: 3, at: 0 } }]);
  for (let i = 0; i < 100; i += 1) probe(nonce);
  expect(sent).toHaveLength(64);
  pass();
  probe(nonce);
  expect(sent).toHaveLength(65);
  probe('not a nonce');
  expect(sent).toHaveLength(65);
});
