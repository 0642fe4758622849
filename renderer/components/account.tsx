import { useRef } from 'react';
import type { SessionState } from '../../shared/state/inputs.ts';
import { useConnected, usePanel, useSnapshot, useTask } from '../hooks.ts';
import { isSigningIn } from '../session.ts';
import { useWords } from '../words.ts';
import { ProblemNote } from './problem-note.tsx';

/** Who is signed in, and the way in or out. */
export function Account() {
  const panel = usePanel();
  const connected = useConnected();
  const { account } = useWords().panel;
  const { session, state } = useSnapshot();
  const signOut = useTask(panel.signOut);
  if (session === null) return account.unknown;
  const isOut = session.kind === 'signed-out' || session.kind === 'signing-in';
  // Where to sign in is the state's one action, the button stands there.
  const offersSignIn =
    (session.kind === 'signed-out' || session.kind === 'credential-unreadable') && state.action !== 'sign-in';
  return (
    <>
      <span className="block">{whoOf(session, account)}</span>
      <Remark session={session} />
      <span className="actions">
        {offersSignIn && (
          <button
            type="button"
            className="button small"
            disabled={!connected || isSigningIn(session)}
            onClick={() => panel.signIn.run()}
          >
            {isOut ? account.signIn : account.signInAgain}
          </button>
        )}
        {!isOut && <SignOut disabled={!connected || signOut.phase === 'running'} />}
      </span>
      {signOut.phase === 'failed' && <ProblemNote problem={signOut.problem} />}
    </>
  );
}

type AccountWords = ReturnType<typeof useWords>['panel']['account'];

function whoOf(session: SessionState, words: AccountWords): string {
  if (session.kind === 'signed-out') return words.signedOut;
  if (session.kind === 'signing-in') return words.signingIn;
  return words[session.kind](session.user.name ?? session.user.sub);
}

/** What is odd about this session, or who else it could have been for. */
function Remark({ session }: { session: SessionState }) {
  const { account } = useWords().panel;
  if (session.kind === 'signed-out' || session.kind === 'signing-in') return null;
  const problem = 'problem' in session ? session.problem : undefined;
  const others = 'others' in session ? (session.others ?? []) : [];
  return (
    <>
      {problem !== undefined && <span className="fine block">{problem.message}</span>}
      {others.length > 0 && <span className="fine block">{account.others(others.join(', '))}</span>}
    </>
  );
}

/** Asks first: on a managed machine nothing can be pulled afterwards. */
function SignOut({ disabled }: { disabled: boolean }) {
  const panel = usePanel();
  const { account } = useWords().panel;
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
        {account.signOut}
      </button>
      <dialog ref={dialog} aria-label={account.signOutQuestion}>
        <h2>{account.signOutQuestion}</h2>
        <p>{isManaged ? account.signOutManaged(managed?.allowedOrgs.join(', ') ?? '') : account.signOutUnmanaged}</p>
        <form method="dialog" className="actions end">
          <button type="submit" className="button">
            {account.stay}
          </button>
          <button type="submit" className="button primary" onClick={() => panel.signOut.run()}>
            {account.signOut}
          </button>
        </form>
      </dialog>
    </>
  );
}
