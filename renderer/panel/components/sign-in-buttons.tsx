import { isSigningIn } from '../../../shared/state/session.ts';
import { useTask } from '../../ui/hooks.ts';
import { useWords } from '../../ui/words.ts';
import { useConnected, usePanel, useSnapshot } from '../hooks.ts';

/** The way in by a browser on this machine, and beside it, quietly, the one for machines that are reached from afar. */
export function SignInButtons({ label, size }: { label: string; size: 'primary' | 'small' }) {
  const panel = usePanel();
  const { signIn: words } = useWords().panel;
  const connected = useConnected();
  const browser = useTask(panel.signIn);
  const device = useTask(panel.signInByDevice);
  const { session } = useSnapshot();
  // One that is under way elsewhere, or was given up, never stands in the way: a new one replaces it.
  const busy = browser.phase === 'running' || device.phase === 'running';
  return (
    <>
      <button
        type="button"
        className={`button ${size}`}
        disabled={!connected}
        aria-disabled={busy}
        onClick={() => !busy && panel.signIn.run()}
      >
        {label}
      </button>
      {!busy && !isSigningIn(session) && (
        <button type="button" className="button aside" disabled={!connected} onClick={() => panel.signInByDevice.run()}>
          {words.withCode}
        </button>
      )}
    </>
  );
}
