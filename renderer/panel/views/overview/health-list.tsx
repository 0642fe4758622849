import { problemIn } from '../../../../shared/problems/catalogue.ts';
import { Card } from '../../../ui/components/card.tsx';
import { Icon } from '../../../ui/components/icon.tsx';
import { useWords } from '../../../ui/words.ts';
import { useSnapshot } from '../../hooks.ts';

const TONES = { info: 'blue', warning: 'amber', critical: 'red' } as const;

/** Problems beside the state; nothing where there are none. */
export function HealthList() {
  const { health } = useSnapshot();
  const { language, panel } = useWords();
  const { health: words } = panel;
  if (health.length === 0) return null;
  return (
    <Card title={words.title}>
      <ul className="plain entries">
        {health.map((entry) => (
          <li key={`${entry.code} ${entry.message}`} className={`note tone-${TONES[entry.severity]}`}>
            <Icon name={entry.severity === 'info' ? 'info' : 'warning'} />
            <div>
              <h3>
                <span className="visually-hidden">{words.severity[entry.severity]}: </span>
                {problemIn(language, entry).message}
              </h3>
              <p>{problemIn(language, entry).next}</p>
              <p className="fine">
                <code>{entry.code}</code>
                {entry.cause === undefined ? '' : ` · ${entry.cause}`}
                {entry.forbidsGreen ? ` · ${words.forbidsGreen}` : ''}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
