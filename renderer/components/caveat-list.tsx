import type { Caveat } from '../../shared/caveat.ts';
import { useWords } from '../words.ts';
import { Icon } from './icon.tsx';

/** Limits of the enforcement here: those that hold or may hold, then folded away those that do not. */
export function CaveatList({ caveats }: { caveats: readonly Caveat[] }) {
  const { caveats: words } = useWords().panel;
  const relevant = caveats.filter(({ applies }) => applies !== 'no');
  const others = caveats.filter(({ applies }) => applies === 'no');
  return (
    <>
      {relevant.length === 0 ? <p className="empty">{words.none}</p> : <Entries caveats={relevant} />}
      {others.length > 0 && (
        <details className="folded">
          <summary>{words.others(others.length)}</summary>
          <Entries caveats={others} />
        </details>
      )}
    </>
  );
}

function Entries({ caveats }: { caveats: readonly Caveat[] }) {
  const { caveats: words } = useWords().panel;
  return (
    <ul className="plain caveats">
      {caveats.map(({ code, severity, title, text, applies, foundBy, next }) => (
        <li key={code}>
          <details>
            <summary>
              <span className={`severity severity-${severity}`}>
                <Icon name={severity === 'warning' ? 'warning' : 'info'} />
                <span className="visually-hidden">{words.severity[severity]}: </span>
              </span>
              {title}
              {applies === 'unknown' && <span className="chip">{words.unknown}</span>}
            </summary>
            <p>{text}</p>
            {next !== null && <p>{next}</p>}
            <p className="fine">
              {words.foundBy(foundBy)} · <code>{code}</code>
            </p>
          </details>
        </li>
      ))}
    </ul>
  );
}
