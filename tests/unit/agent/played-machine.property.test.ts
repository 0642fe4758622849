import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { decide } from '../../../shared/decide.ts';
import { mayBeAllowed } from '../../support/allowance-oracle.ts';
import { createDocumentPool, type DocumentPool, type SignerName } from '../../support/document-pool.ts';
import {
  CHANGE_NOTICED,
  EXPIRY_NOTICED,
  type MachineEvent,
  memberOf,
  type PlayedMachine,
  playMachine,
} from '../../support/played-machine.ts';

/** Any sequence of what happens to files, network, clock, session, engine, gateway and policy of one machine. */
const organizations = fc.constantFrom('acme', 'acme', 'globex', 'initech');
const pinned = fc.constantFrom<SignerName[]>(['old'], ['old'], ['old', 'new'], ['new'], ['old', 'narrow'], []);

function eventsOf({ policies, memberships }: DocumentPool): fc.Arbitrary<MachineEvent> {
  const kind = <K extends MachineEvent['kind']>(name: K) => fc.constant(name);
  const policy = fc.oneof(fc.integer({ min: 0, max: 14 }), fc.integer({ min: 0, max: policies.length - 1 }));
  const membership = fc.oneof(fc.constantFrom(0, 0, 1, 2), fc.integer({ min: 0, max: memberships.length - 1 }));
  const files = fc.record({
    kind: kind('files'),
    state: fc.constantFrom('present', 'present', 'present', 'malformed', 'unreadable', 'unread', 'absent', 'absent'),
    allowedOrgs: fc.constantFrom<string[]>(
      ['acme'],
      ['acme'],
      ['globex'],
      ['acme', 'globex'],
      ['globex', 'acme'],
      ['Acme'],
    ),
    pinned,
  });
  const weather = fc.constantFrom(
    ...(['fine', 'fine', 'no network', 'portal', '401', '403', '500', 'bad certificate', 'silence'] as const),
  );
  const state = fc.constantFrom(
    ...(['signed-in', 'signed-in', 'signed-in', 'signed-out', 'signing-in', 'wrong-organization'] as const),
    ...(['offline', 'credential-unreadable'] as const),
  );
  return fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: kind('session'), state, org: organizations }) },
    { weight: 3, arbitrary: files },
    { weight: 2, arbitrary: fc.record({ kind: kind('weather'), weather }) },
    { weight: 3, arbitrary: fc.record({ kind: kind('server has'), policy, membership }) },
    { weight: 2, arbitrary: fc.record({ kind: kind('time passes'), seconds: fc.integer({ min: 1, max: 2000 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: kind('the clock is set'), hours: fc.integer({ min: -90, max: 90 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: kind('sleep'), hours: fc.integer({ min: 1, max: 90 }) }) },
    { weight: 1, arbitrary: fc.record({ kind: kind('gateway is killed') }) },
    { weight: 2, arbitrary: fc.record({ kind: kind('gateway starts') }) },
    { weight: 1, arbitrary: fc.record({ kind: kind('agent starts anew') }) },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: kind('engine'),
        state: fc.constantFrom('attached', 'attached', 'detached', 'stopped'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: kind('somebody programs'),
        policy,
        membership: fc.option(membership),
        keys: fc.option(fc.constantFrom<SignerName>('old', 'new', 'stranger'), { freq: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: kind('somebody locks') }) },
    { weight: 1, arbitrary: fc.record({ kind: kind('somebody releases') }) },
  );
}

let pool: DocumentPool;
beforeAll(async () => {
  pool = await createDocumentPool();
});

/** The absence of the files holds for ten seconds. */
const GONE = 15;
/** An engine that is pointed elsewhere is noticed by the next probe. */
const ENGINE_NOTICED = 90;

function checkTraffic({ history, controller, since }: PlayedMachine): void {
  const inForce = controller()?.current();
  if (inForce === undefined || since.files() < CHANGE_NOTICED || since.clock() < EXPIRY_NOTICED) return;
  if (history.word.verdict === 'absent') {
    if (since.absence() < 10) expect(inForce.effective.kind, 'absent for less than ten seconds').not.toBe('open');
    return;
  }
  expect(inForce.effective.kind).not.toBe('open');
  for (const host of ['unlisted.example', ...pool.policies.map(({ truth }) => truth.host)]) {
    if (!decide(inForce.rules, 'engine', host).allowed) continue;
    expect(mayBeAllowed(host, history), `${host} passes`).toBe(true);
  }
}

/** What the panel says, where it has had the time to hear of everything. */
function checkWords({ controller, snapshot, since, probed, engine, history }: PlayedMachine): boolean {
  const { state, filter, gateway, session } = snapshot();
  const inForce = controller()?.current();
  const says = `${state.code} ${state.look} ${filter?.kind}`;
  if (inForce === undefined) {
    expect(state.look, says).not.toBe('green');
    return false;
  }
  if (gateway.generation !== inForce.generation) expect(state.look, says).not.toBe('green');
  if (state.look === 'green') {
    expect(inForce.effective, says).toMatchObject({ kind: 'policy', org: memberOf(session) });
    expect(filter, says).toMatchObject({ kind: 'verified', generation: inForce.generation });
    expect(probed.has(inForce.generation), says).toBe(true);
    if (since.engine() > ENGINE_NOTICED) expect(engine(), says).toBe('attached');
  }
  // Agent and gateway read the files each for themselves: one of them is the first to see a change.
  if (state.protected === 'yes' && state.traffic === 'deny' && since.files() >= CHANGE_NOTICED)
    expect(inForce.effective.kind, says).toBe('deny');
  const settled = since.files() > CHANGE_NOTICED && since.absence() > GONE;
  if (settled && state.id === 'unmanaged') expect(history.word.verdict, says).toBe('absent');
  return state.look === 'green';
}

it('never allows what no valid policy allows, nor shows green unproven, whatever happens to a machine', async () => {
  let green = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(eventsOf(pool), fc.constantFrom(1, 5, 5, 12, 30)), { minLength: 4, maxLength: 14 }),
      async (events) => {
        const here = await playMachine(pool);
        try {
          await here.happen({ kind: 'session', state: 'signed-in', org: 'acme' });
          await here.pass(5);
          for (const [event, patience] of events) {
            await here.happen(event);
            await here.pass(patience);
            checkTraffic(here);
            if (checkWords(here)) green += 1;
          }
          for (const { state, filter, gateway } of here.published) {
            if (state.look === 'green')
              expect(filter).toMatchObject({ kind: 'verified', generation: gateway.generation });
          }
        } finally {
          await here.stop();
        }
      },
    ),
    { numRuns: 120, interruptAfterTimeLimit: 20_000 },
  );
  // Or nothing would have been tested.
  expect(green).toBeGreaterThan(20);
});
