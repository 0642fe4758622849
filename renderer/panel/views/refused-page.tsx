import { useWords } from '../../ui/words.ts';
import { StateIcon } from '../components/state-icon.tsx';
import type { ConnectionStatus } from '../transport/connection.ts';

/** The address is good for one panel, once. Nothing here can mend it, so the page says what does. */
export function RefusedPage({ why }: { why: Extract<ConnectionStatus, { kind: 'refused' }>['why'] }) {
  const { refused } = useWords().panel;
  return (
    <main className="refused-page">
      <StateIcon state="connection-lost" label={refused.icon} />
      <h1>{refused.headline[why]}</h1>
      <p>
        {refused.before} <code>portcullis open</code> {refused.after}
      </p>
      <p className="fine">{refused.filter}</p>
    </main>
  );
}
