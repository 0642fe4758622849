import { problemIn } from '../../../../shared/problems/catalogue.ts';
import type { Snapshot, WallState } from '../../../../shared/schemas/snapshot.ts';
import { Card } from '../../../ui/components/card.tsx';
import { Icon, type IconName } from '../../../ui/components/icon.tsx';
import { ProblemNote } from '../../../ui/components/problem-note.tsx';
import { When } from '../../../ui/components/when.tsx';
import { useWords } from '../../../ui/words.ts';
import { useConnected, useSnapshot } from '../../hooks.ts';
import { EngineList } from './engine-list.tsx';

const GLYPHS: Record<WallState['kind'], IconName> = { proven: 'check', unproven: 'question', 'not-in-use': 'dash' };

/** The two walls, each with its own proof: nothing here is assumed. */
export function ProofCard() {
  const { walls, gateway, filter, engine, state } = useSnapshot();
  const { panel: words } = useWords();
  const problem = gateway.problem ?? (filter !== null && 'problem' in filter ? filter.problem : null);
  return (
    <Card title={words.proof.title}>
      {filter?.kind === 'verified' && state.traffic === 'deny' && <p className="in-force">{words.proof.everything}</p>}
      <ul className="plain walls">
        <Wall name={words.proof.dns} wall={walls.dns} />
        <Wall name={words.proof.proxy} wall={walls.proxy} />
      </ul>
      {problem !== null && <ProblemNote problem={problem} />}
      <p className="fine">{words.proof.engine(engine.name)}</p>
      <EngineList />
      <Details gateway={gateway} />
    </Card>
  );
}

function Wall({ name, wall }: { name: string; wall: WallState }) {
  const { language, panel } = useWords();
  const { proof } = panel;
  const connected = useConnected();
  const { look } = useSnapshot().state;
  // A proof is a statement about now; without a connection it is only a memory.
  const kind = connected || wall.kind !== 'proven' ? wall.kind : 'unproven';
  return (
    // Green is for a list that is in force: a wall that holds while everything is refused is no good news.
    <li className={`wall wall-${kind === 'proven' ? `proven-${look}` : kind}`}>
      <span className="wall-glyph">
        <Icon name={GLYPHS[kind]} />
      </span>
      <div>
        <p className="wall-name">{name}</p>
        <p className="fine">
          {wall.kind === 'proven' ? (
            <>
              {proof.proven} <When at={wall.at} direction="past" />
            </>
          ) : (
            `${proof[wall.kind]} ${problemIn(language, wall.why).message}`
          )}
        </p>
      </div>
    </li>
  );
}

function Details({ gateway }: { gateway: Snapshot['gateway'] }) {
  const { proof } = useWords().panel;
  const lines = [
    [proof.generation, gateway.generation?.toString() ?? proof.unknown],
    [proof.dnsAddress, gateway.dns.join(', ') || proof.unknown],
    [proof.proxyAddress, gateway.proxy.join(', ') || proof.unknown],
    [proof.version, gateway.version ?? proof.unknown],
  ] as const;
  return (
    <details className="fine">
      <summary>{proof.details}</summary>
      <dl className="facts">
        {lines.map(([name, value]) => (
          <div className="fact" key={name}>
            <dt>{name}</dt>
            <dd>
              <code>{value}</code>
            </dd>
          </div>
        ))}
        <div className="fact">
          <dt>{proof.resolvers}</dt>
          <dd>
            {gateway.upstreams.length === 0 && <code>{proof.unknown}</code>}
            <ul className="plain">
              {gateway.upstreams.map((upstream) => (
                <Resolver upstream={upstream} key={`${upstream.domain} ${upstream.address}`} />
              ))}
            </ul>
          </dd>
        </div>
      </dl>
    </details>
  );
}

/** One that the gateway asks: whether it answers, since when, and else what is wrong. */
function Resolver({ upstream }: { upstream: Snapshot['gateway']['upstreams'][number] }) {
  const { proof } = useWords().panel;
  const { address, domain, state, since, lastError } = upstream;
  const isWell = state === 'answering' || state === 'not-asked';
  return (
    <li>
      <code>{address}</code>
      {domain === null ? '' : ` ${proof.resolverFor(domain)}`} {proof.resolver[state]}
      {state !== 'not-asked' && (
        <>
          {' · '}
          <When at={since} direction="past" />
        </>
      )}
      {!isWell && lastError !== null && (
        <>
          {' · '}
          <code lang="en">{lastError.text}</code>
        </>
      )}
    </li>
  );
}
