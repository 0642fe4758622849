import type { Caveat } from '../../../../shared/schemas/caveat.ts';
import { Icon } from '../../../ui/components/icon.tsx';
import { Path } from '../../../ui/components/path.tsx';
import { useWords } from '../../../ui/words.ts';

/** Limits of the enforcement here: those that hold or may hold, then folded away those that do not. */
export function CaveatList({ caveats }: { caveats: readonly Caveat[] }) {
  const { caveats: words } = useWords().panel;
  // What was found on this machine first: the rest is true of all of them.
  const relevant = caveats
    .filter(({ applies }) => applies !== 'no')
    .sort((a, b) => Number(a.foundBy === null) - Number(b.foundBy === null));
  const others = caveats.filter(({ applies }) => applies === 'no');
  return (
    <>
      {relevant.length === 0 ? (
        <p className="empty">{words.none}</p>
      ) : (
        <Entries caveats={relevant} label={words.title} />
      )}
      {others.length > 0 && (
        <details className="folded">
          <summary>{words.others(others.length)}</summary>
          <Entries caveats={others} label={words.others(others.length)} />
        </details>
      )}
    </>
  );
}

function Entries({ caveats, label }: { caveats: readonly Caveat[]; label: string }) {
  return (
    <ul className="plain caveats" aria-label={label}>
      {caveats.map((caveat) => (
        <li key={caveat.code} className="caveat">
          <h2>
            <Title caveat={caveat} />
          </h2>
          <Body caveat={caveat} />
        </li>
      ))}
    </ul>
  );
}

function Title({ caveat: { code, severity, applies } }: { caveat: Caveat }) {
  const { panel, caveats } = useWords();
  const words = panel.caveats;
  return (
    <>
      <span className={`severity severity-${severity}`}>
        <Icon name={severity === 'warning' ? 'warning' : 'info'} />
        <span className="visually-hidden">{words.severity[severity]}: </span>
      </span>
      <span>{caveats[code].title}</span>
      {applies === 'unknown' && <span className="chip">{words.unknown}</span>}
    </>
  );
}

function Body({ caveat: { code, foundBy, details } }: { caveat: Caveat }) {
  const { panel, caveats } = useWords();
  const { text, next } = caveats[code];
  return (
    <div className="caveat-body">
      <div>
        <p>{text}</p>
        {details.length > 0 && (
          <ul className="plain caveat-details">
            {details.map((detail) => (
              <li key={detail}>
                <Path of={detail} />
              </li>
            ))}
          </ul>
        )}
      </div>
      <div>
        {next !== null && <p>{next}</p>}
        <p className="fine">
          {foundBy === null ? panel.caveats.everywhere : panel.caveats.foundBy(foundBy)} · <code>{code}</code>
        </p>
      </div>
    </div>
  );
}
