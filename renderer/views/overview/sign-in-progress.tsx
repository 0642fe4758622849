import { CopyButton } from '../../components/copy-button.tsx';
import { Icon } from '../../components/icon.tsx';
import { ProblemNote } from '../../components/problem-note.tsx';
import { usePanel, useSnapshot, useTask } from '../../hooks.ts';
import { isSigningIn } from '../../session.ts';
import { useWords } from '../../words.ts';

/** What goes on between "Sign in" and being signed in, which happens on another page; and why the last try failed. */
export function SignInProgress() {
  const panel = usePanel();
  const { panel: words } = useWords();
  const { session } = useSnapshot();
  const signIn = useTask(panel.signIn);

  if (signIn.phase === 'failed') return <ProblemNote problem={signIn.problem} />;
  if (session?.kind === 'signed-out' && session.problem !== null && signIn.phase === 'idle') {
    return <ProblemNote problem={session.problem} />;
  }
  if (!isSigningIn(session)) return null;
  const url = signIn.phase === 'done' ? signIn.result.authorizationUrl : null;
  return (
    <div className="sign-in-progress" role="status">
      <p>{url === null ? words.signIn.elsewhere : words.signIn.waiting}</p>
      <div className="actions">
        {url !== null && (
          <>
            <a className="button" href={url} target="_blank" rel="noopener noreferrer">
              <Icon name="external" />
              {words.signIn.openAgain}
            </a>
            <CopyButton text={() => url} label={words.signIn.copyLink} />
          </>
        )}
        <button type="button" className="button" onClick={() => panel.cancelSignIn.run()}>
          {words.signIn.cancel}
        </button>
      </div>
    </div>
  );
}
