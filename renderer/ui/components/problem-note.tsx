import { problemIn } from '../../../shared/problems/catalogue.ts';
import type { Problem } from '../../../shared/problems/problem.ts';
import { useWords } from '../words.ts';
import { Icon } from './icon.tsx';

/**
 * A problem as a person needs it: what, why, what to do, and the code to read out.
 *
 * @param shown `next`: what is wrong stands above already.
 */
export function ProblemNote({
  problem,
  tone = 'amber',
  shown = 'all',
}: {
  problem: Problem;
  tone?: 'amber' | 'red';
  shown?: 'all' | 'next';
}) {
  const { code, cause } = problem;
  return (
    <div className={`note tone-${tone}`}>
      <Icon name={shown === 'next' ? 'info' : 'warning'} />
      <div>
        <p>
          <ProblemText problem={problem} shown={shown} />
        </p>
        <p className="fine">
          <code>{code}</code>
          {cause !== undefined && shown === 'all' && (
            <>
              {' · '}
              <span lang="en">{cause}</span>
            </>
          )}
        </p>
      </div>
    </div>
  );
}

/** A problem's sentences in the page's language, or in English, marked as such, where the catalogue has none. */
export function ProblemText({ problem, shown = 'all' }: { problem: Problem; shown?: 'all' | 'message' | 'next' }) {
  const { language } = useWords();
  const translated = problemIn(language, problem);
  const { message, next } = translated;
  const sentences = { all: [message, next], message: [message], next: [next] }[shown];
  return (
    <span lang={translated === problem ? 'en' : undefined}>
      {sentences.filter((sentence) => sentence !== undefined).join(' ')}
    </span>
  );
}
