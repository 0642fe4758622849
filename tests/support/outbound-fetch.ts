import { followSystemNetwork } from '../../main/platform/net/outbound.ts';
import { answeringFetch } from '../../main/platform/net/web-answer.ts';
import { problem } from '../../shared/problems/catalogue.ts';
import { asProblem, ProblemError } from '../../shared/problems/problem.ts';

/** `node outbound-fetch.ts URL`: asks as the agent would, and prints the answer or the problem. */
try {
  const wrong = await followSystemNetwork(process.env);
  if (wrong !== null) throw new ProblemError(wrong);
  const response = await answeringFetch(
    fetch,
    Number(process.env.OUTBOUND_TIMEOUT_MS ?? 20_000),
  )(process.argv[2] ?? '');
  process.stdout.write(await response.text());
} catch (error) {
  process.stdout.write(JSON.stringify(asProblem(error, problem('unexpected'))));
}
