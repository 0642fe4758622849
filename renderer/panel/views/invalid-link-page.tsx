import { useWords } from '../../ui/words.ts';
import { StateIcon } from '../components/state-icon.tsx';
import type { ConnectionStatus } from '../transport/connection.ts';

/** A link opens one panel, once: shown in place of the panel, with the command that makes another link. */
export function InvalidLinkPage({ why }: { why: Extract<ConnectionStatus, { kind: 'unauthorized' }>['why'] }) {
  const { invalidLink } = useWords().panel;
  return (
    <main className="refused-page">
      <StateIcon state="connection-lost" label={invalidLink.icon} />
      <h1>{invalidLink.headline[why]}</h1>
      <p>
        {invalidLink.before} <code>portcullis open</code> {invalidLink.after}
      </p>
      <p className="fine">{invalidLink.filter}</p>
    </main>
  );
}
