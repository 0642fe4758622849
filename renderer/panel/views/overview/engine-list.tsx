import type { ShownEngine } from '../../../../shared/schemas/snapshot.ts';
import { CopyButton } from '../../../ui/components/copy-button.tsx';
import { Icon, type IconName } from '../../../ui/components/icon.tsx';
import { useWords } from '../../../ui/words.ts';
import { useSnapshot } from '../../hooks.ts';

const GLYPHS: Record<ShownEngine['hold'], IconName> = { wall: 'check', 'guard-rail': 'info', nothing: 'warning' };

/** Each engine of this machine with what holds it; nothing where none is known. */
export function EngineList() {
  const { engines } = useSnapshot();
  const { proof } = useWords().panel;
  if (engines.length === 0) return null;
  return (
    <section className="engines" aria-labelledby="engines">
      <h3 id="engines">{proof.engines}</h3>
      <ul className="plain walls">
        {engines.map((engine) => (
          <li
            key={`${engine.name} ${engine.socket}`}
            className={`wall hold-${engine.wayPast ? 'nothing' : engine.hold}`}
          >
            <span className="wall-glyph">
              <Icon name={GLYPHS[engine.wayPast ? 'nothing' : engine.hold]} />
            </span>
            <div>
              <p className="wall-name">
                {[engine.name, engine.version].filter(Boolean).join(' ')}
                {engine.running ? '' : ` (${proof.stopped})`}
              </p>
              <p className="fine">{engine.wayPast ? proof.wayPast : proof.hold[engine.hold]}</p>
              {engine.command !== null && <AttachCommand command={engine.command} />}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function AttachCommand({ command }: { command: string }) {
  const { proof } = useWords().panel;
  return (
    <p className="fine engine-command">
      {proof.attach} <code>{command}</code>
      <CopyButton text={() => command} label={proof.copyCommand} className="icon-button" iconOnly />
    </p>
  );
}
