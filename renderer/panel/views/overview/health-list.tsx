import { Card } from '../../../ui/components/card.tsx';
import { Icon } from '../../../ui/components/icon.tsx';
import { useWords } from '../../../ui/words.ts';
import { useSnapshot } from '../../hooks.ts';

const TONES = { info: 'blue', warning: 'amber', critical: 'red' } as const;

/** Faults that stand beside the state. Without one there is nothing to see. */
export function HealthList() {
  const { health } = useSnapshot();
  const { health: words } = useWords().panel;
  if (health.length === 0) return null;
  return (
    <Card title={words.title}>
      <ul className="plain entries">
        {health.map((entry) => (
          <li key={entry.code} className={`note tone-${TONES[entry.severity]}`}>
            <Icon name={entry.severity === 'info' ? 'info' : 'warning'} />
            <div>
              <h3>
                <span className="visually-hidden">{words.severity[entry.severity]}: </span>
                <span lang="en">{entry.title}</span>
              </h3>
              <p lang="en">
                {entry.text} {entry.next}
              </p>
              <p className="fine">
                <code>{entry.code}</code>
                {entry.forbidsGreen ? ` · ${words.forbidsGreen}` : ''}
              </p>
            </div>
          </li>
        ))}
      </ul>
    </Card>
  );
}
