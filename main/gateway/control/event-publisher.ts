import type { ControlSocket } from './control-socket.ts';

export interface EventPublisher {
  publish: ControlSocket['publish'];
  connect(control: ControlSocket): void;
}

/** Events from before the control socket is open have no subscribers and are dropped. */
export function createEventPublisher(): EventPublisher {
  let control: ControlSocket | null = null;
  return {
    publish: (event, data) => control?.publish(event, data),
    connect(opened) {
      control = opened;
    },
  };
}
