import type { Problem } from '../../../shared/problems/problem.ts';
import { Icon } from './icon.tsx';

/**
 * A problem as a person needs it: what, why, what to do, and the code to read out.
 *
 * @param shown `next`: what is wrong stands above already.
 */
export function ProblemNote({
  problem: { code, message, cause, next },
  tone = 'amber',
  shown = 'all',
}: {
  problem: Problem;
  tone?: 'amber' | 'red';
  shown?: 'all' | 'next';
}) {
  return (
    <div className={`note tone-${tone}`}>
      <Icon name={shown === 'next' ? 'info' : 'warning'} />
      {/* The agent reports its problems in English, whatever the panel speaks. */}
      <div lang="en">
        <p>{shown === 'next' ? next : `${message} ${next ?? ''}`}</p>
        <p className="fine">
          <code>{code}</code>
          {cause !== undefined && shown === 'all' ? ` · ${cause}` : ''}
        </p>
      </div>
    </div>
  );
}
