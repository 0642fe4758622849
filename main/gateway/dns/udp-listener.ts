import { type Datagram, RECEIVE_BUFFER_BYTES, type UdpTransport } from '../native/udp-transport.ts';
import type { Listener, ListenerOptions } from './listener.ts';
import { NO_ANSWER, type QueryContext } from './responder.ts';

export interface UdpListenerOptions extends ListenerOptions {
  udp: UdpTransport;
  /** Called with what was thrown for one question; the others are answered all the same. */
  onFault: (error: unknown) => void;
}

/** Rejects with the bind error. */
export function listenUdp(options: UdpListenerOptions): Promise<Listener> {
  const { view, address, shared, descriptor, responder, clients, udp, onFault } = options;
  let current: Datagram;
  // One for all questions: an object per question would be garbage to collect.
  const context: QueryContext = {
    ...{ view, client: null, clients, crowd: 0, overTcp: false },
    answerLater: () => current.replyLater(),
  };
  return udp.listen({ address, shared, descriptor, receiveBufferBytes: RECEIVE_BUFFER_BYTES }, (datagram) => {
    try {
      current = datagram;
      context.client = clients.find(datagram.sender);
      context.crowd = datagram.crowd;
      return responder.answer(context, datagram.bytes, datagram.length, datagram.reply);
    } catch (error) {
      onFault(error);
      return NO_ANSWER;
    }
  });
}
