import { useRef } from 'react';
import type { SessionState } from '../../../shared/state/inputs.ts';
import { ProblemNote } from '../../components/problem-note.tsx';
import { useConnected, usePanel, useSnapshot, useTask } from '../../hooks.ts';
import { useWords } from '../../words.ts';

/** Who is signed in, and the way in or out. */
export function Account() {
  const panel = usePanel();
  const connected = useConnected();
  const { panel: words } = useWords();
  const { session, state } = useSnapshot();
  const signOut = useTask(panel.signOut);
  if (session === null) return words.account.unknown;
  const isIn = session.kind !== 'signed-out' && session.kind !== 'signing-in';
  return (
    <>
      <span className="block">{whoOf(session, words.account)}</span>
      {'problem' in session && session.problem !== null && session.kind !== 'signed-out' && (
        <span className="fine block">{session.problem.message}</span>
      )}
      {isIn && <SignOut disabled={!connected || signOut.phase === 'running'} />}
      {/* In the states whose one action is to sign in, the button stands there. */}
      {session.kind === 'signed-out' && state.action !== 'sign-in' && (
        <button type="button" className="button small" disabled={!connected} onClick={() => panel.signIn.run()}>
          {words.account.signIn}
        </button>
      )}
      {signOut.phase === 'failed' && <ProblemNote problem={signOut.problem} />}
    </>
  );
}

function whoOf(session: SessionState, words: ReturnType<typeof useWords>['panel']['account']): string {
  if (session.kind === 'signed-out') return words.signedOut;
  if (session.kind === 'signing-in') return words.signingIn;
  return words[session.kind](session.user.name ?? session.user.sub);
}

/** Asks first: on a managed machine nothing can be pulled afterwards. */
function SignOut({ disabled }: { disabled: boolean }) {
  const panel = usePanel();
  const { panel: words } = useWords();
  const { managed } = useSnapshot();
  const dialog = useRef<HTMLDialogElement>(null);
  const isManaged = managed?.verdict !== 'absent';
  return (
    <>
      <button
        type="button"
        className="button small"
        disabled={disabled}
        onClick={() => dialog.current?.showModal()}
        aria-haspopup="dialog"
      >
        {words.account.signOut}
      </button>
      <dialog ref={dialog} aria-label={words.account.signOutQuestion}>
        <h2>{words.account.signOutQuestion}</h2>
        <p>
          {isManaged
            ? words.account.signOutManaged(managed?.allowedOrgs.join(', ') ?? '')
            : words.account.signOutUnmanaged}
        </p>
        <form method="dialog" className="actions end">
          <button type="submit" className="button">
            {words.account.stay}
          </button>
          <button type="submit" className="button primary" onClick={() => panel.signOut.run()}>
            {words.account.signOut}
          </button>
        </form>
      </dialog>
    </>
  );
}
