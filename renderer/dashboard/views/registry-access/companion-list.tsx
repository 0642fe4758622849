import type { Companion } from '../../../../shared/catalogue/catalogue-row.ts';
import { Path } from '../../../ui/components/path.tsx';
import { useWords } from '../../../ui/words.ts';
import { useTexts } from '../../hooks.ts';

/** The hosts that a known registry needs besides its own: those that come with it, and those that its owner has to decide on. */
export function CompanionList({
  companions,
  onAdd,
}: {
  companions: readonly Companion[];
  /** Adds a host that does not come by itself. */
  onAdd?: (host: string) => void;
}) {
  const { registryAccess: texts } = useTexts();
  const words = useWords();
  const { registries } = words.panel;
  const withIt = companions.filter(({ optIn }) => optIn !== true);
  const optIn = companions.filter((companion) => companion.optIn === true);
  return (
    <>
      {withIt.length > 0 && (
        <>
          <p className="fine">{texts.comesWith}</p>
          <ul className="plain companions">
            {withIt.map(({ host, purpose, open, note }) => (
              <li key={host}>
                <Path of={host} />
                <span className="fine">{registries.purpose[purpose]}</span>
                {open && <span className="chip tone-amber">{registries.open}</span>}
                {open && note !== undefined && <p className="fine companion-note">{note[words.language]}</p>}
              </li>
            ))}
          </ul>
        </>
      )}
      {optIn.length > 0 && (
        <>
          <p className="fine">{texts.optIn}</p>
          <ul className="plain companions">
            {optIn.map(({ host, purpose, note }) => (
              <li key={host}>
                <Path of={host} />
                <span className="fine">{registries.purpose[purpose]}</span>
                {onAdd !== undefined && !host.includes('<') && (
                  <button type="button" className="button aside" onClick={() => onAdd(host)}>
                    {texts.addHost(host)}
                  </button>
                )}
                {note !== undefined && <p className="fine companion-note">{note[words.language]}</p>}
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
