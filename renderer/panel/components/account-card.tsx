import { useRef } from 'react';
import { othersRemark, signOutMeans } from '../../../shared/messages/membership.ts';
import type { Snapshot } from '../../../shared/schemas/snapshot.ts';
import type { SessionState } from '../../../shared/state/inputs.ts';
import { belongs, maySignIn, maySignOut } from '../../../shared/state/session.ts';
import { ProblemNote, ProblemText } from '../../ui/components/problem-note.tsx';
import { useTask } from '../../ui/hooks.ts';
import { useWords } from '../../ui/words.ts';
import { useConnected, usePanel, useSnapshot } from '../hooks.ts';
import { SignInButtons } from './sign-in-buttons.tsx';

/**
 * Who is signed in, and the way in or out.
 *
 * @param signInAbove whether the way in stands in the banner already
 */
export function AccountCard({ signInAbove }: { signInAbove: boolean }) {
  const panel = usePanel();
  const connected = useConnected();
  const { account } = useWords().panel;
  const snapshot = useSnapshot();
  const { session } = snapshot;
  const signOut = useTask(panel.signOut);
  if (session === null) return account.unknown;
  const offersSignIn = !signInAbove && maySignIn(session);
  return (
    <>
      <span className="block">{whoOf(session, account)}</span>
      <Remark snapshot={snapshot} />
      <span className="actions">
        {offersSignIn && <SignInButtons size="small" label={belongs(session) ? account.signInAgain : account.signIn} />}
        {maySignOut(session) && <SignOut disabled={!connected || signOut.phase === 'running'} />}
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
function Remark({ snapshot }: { snapshot: Snapshot }) {
  const words = useWords();
  const { session } = snapshot;
  if (session === null || session.kind === 'signed-out' || session.kind === 'signing-in') return null;
  // Any other difference is shown beside the sign-in that fixes it.
  const problem = session.kind === 'offline' ? session.problem : undefined;
  const others = othersRemark(snapshot, words);
  return (
    <>
      {problem !== undefined && (
        <span className="fine block">
          <ProblemText problem={problem} />
        </span>
      )}
      {others !== null && <span className="fine block">{others}</span>}
    </>
  );
}

/** Asks first: on a managed machine nothing can be pulled afterwards. */
function SignOut({ disabled }: { disabled: boolean }) {
  const panel = usePanel();
  const words = useWords();
  const { account } = words.panel;
  const snapshot = useSnapshot();
  const dialog = useRef<HTMLDialogElement>(null);
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
        <p>{signOutMeans(snapshot, words)}</p>
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
