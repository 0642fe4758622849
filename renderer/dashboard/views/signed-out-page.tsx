import type { Problem } from '../../../shared/problems/problem.ts';
import { Brand } from '../../ui/components/brand.tsx';
import { ProblemNote } from '../../ui/components/problem-note.tsx';
import { useWords } from '../../ui/words.ts';
import { useDashboard, useTexts } from '../hooks.ts';

/** After a sign-in that brought nothing: why, and the way back. */
export function SignedOutPage({ problem }: { problem: Problem | null }) {
  const dashboard = useDashboard();
  const { shell } = useTexts();
  const { state } = useWords();
  return (
    <main className="entrance">
      <div className="card">
        <Brand name={state.product} />
        <h1>{shell.signInNeeded}</h1>
        {problem !== null && <ProblemNote problem={problem} />}
        <button type="button" className="button primary" onClick={() => void dashboard.signIn()}>
          {shell.signIn}
        </button>
      </div>
    </main>
  );
}
