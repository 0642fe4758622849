import type { RegistryRow } from '../../shared/ipc-schema.ts';
import { useWords } from '../words.ts';
import { Icon } from './icon.tsx';
import { Path } from './path.tsx';

/** One line of the organization's list: the name people use, the address, and folded under it what comes with it. */
export function RegistryItem({ row }: { row: RegistryRow }) {
  const { registries: words } = useWords().panel;
  const name = row.nickname ?? row.known;
  const head = (
    <>
      <span className="registry-name">{name ?? <Path of={row.address} />}</span>
      {name !== null && (
        <span className="registry-address">
          <Path of={row.address} />
        </span>
      )}
      {row.problem !== null && <span className="chip tone-amber">{words.noEffect}</span>}
      {row.companions.length > 0 && <span className="registry-count">{words.companions(row.companions.length)}</span>}
    </>
  );
  if (row.companions.length === 0 && row.problem === null) return <div className="registry">{head}</div>;
  return (
    <details className="registry">
      <summary>
        <Icon name="chevron" />
        {head}
      </summary>
      {row.problem !== null && <p className="fine">{row.problem}</p>}
      {row.companions.length > 0 && (
        <ul className="plain companions">
          {row.companions.map(({ host, purpose, shared, optIn }) => (
            <li key={host}>
              <Path of={host} />
              <span className="fine">
                {purpose}
                {shared ? ` · ${words.shared}` : ''}
                {optIn ? ` · ${words.optIn}` : ''}
              </span>
            </li>
          ))}
        </ul>
      )}
    </details>
  );
}
