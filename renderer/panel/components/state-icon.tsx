import connectionLost from '../../../assets/connection-lost.svg?raw';
import auditing from '../../../assets/states/auditing.svg?raw';
import enforcing from '../../../assets/states/enforcing.svg?raw';
import enforcingStale from '../../../assets/states/enforcing-stale.svg?raw';
import engineStopped from '../../../assets/states/engine-stopped.svg?raw';
import locked from '../../../assets/states/locked.svg?raw';
import notEnforcing from '../../../assets/states/not-enforcing.svg?raw';
import restrictionsOff from '../../../assets/states/restrictions-off.svg?raw';
import securing from '../../../assets/states/securing.svg?raw';
import signInRequired from '../../../assets/states/sign-in-required.svg?raw';
import starting from '../../../assets/states/starting.svg?raw';
import unmanaged from '../../../assets/states/unmanaged.svg?raw';
import type { StateId } from '../../../shared/state/derive-state.ts';

const DRAWINGS: Record<StateId | 'connection-lost', string> = {
  starting,
  'not-enforcing': notEnforcing,
  locked,
  'sign-in-required': signInRequired,
  unmanaged,
  'engine-stopped': engineStopped,
  securing,
  'restrictions-off': restrictionsOff,
  auditing,
  'enforcing-stale': enforcingStale,
  enforcing,
  'connection-lost': connectionLost,
};

/** Each state has a shape of its own, so that nobody depends on the colour. In the page itself, so that it never flickers in. */
export function StateIcon({
  state,
  label,
}: {
  state: StateId | 'connection-lost';
  /** Left out where the words beside it say the same. */
  label?: string;
}) {
  return (
    <span
      className="state-icon"
      {...(label === undefined ? { 'aria-hidden': true } : { role: 'img', 'aria-label': label })}
      data-icon={state}
      // biome-ignore lint/security/noDangerouslySetInnerHtml: our own drawings, compiled in
      dangerouslySetInnerHTML={{ __html: DRAWINGS[state] }}
    />
  );
}
