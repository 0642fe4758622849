import type { Problem } from '../../shared/problem.ts';
import { Icon } from './icon.tsx';

/** A problem as a person needs it: what, why, what to do, and the code to read out. */
export function ProblemNote({ problem, tone = 'amber' }: { problem: Problem; tone?: 'amber' | 'red' }) {
  return (
    <div className={`note tone-${tone}`}>
      <Icon name="warning" />
      {/* The agent reports its problems in English, whatever the panel speaks. */}
      <div lang="en">
        <p>
          {problem.message} {problem.next}
        </p>
        <p className="fine">
          <code>{problem.code}</code>
          {problem.cause ? ` · ${problem.cause}` : ''}
        </p>
      </div>
    </div>
  );
}
