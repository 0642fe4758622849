/** How an engine is attached: a plan of steps that can be applied, verified and undone, the last first. */
export interface Step {
  /** What the step brings about, as a person says it: "network namespace portcullis-10.200.0". */
  readonly title: string;
  apply(): Promise<void>;
  /** null if it holds; else one sentence on what does not. */
  verify(): Promise<string | null>;
  /** Takes away what `apply` made, wholly or halfway. Does nothing, without an error, where nothing was made. */
  undo(): Promise<void>;
}

export type Plan = readonly Step[];

/** Applies all steps in order. If one fails, it and those before it are undone, and the failure is thrown. */
export async function applyPlan(plan: Plan): Promise<void> {
  for (const [index, step] of plan.entries()) {
    try {
      await step.apply();
    } catch (error) {
      const failures = await undoPlan(plan.slice(0, index + 1)).then(
        () => [],
        (failure: unknown) => [failure],
      );
      throw failures.length === 0
        ? error
        : new AggregateError([error, ...failures], `${step.title}: not applied, not undone`);
    }
  }
}

/** What does not hold, one sentence each; empty if all does. */
export async function verifyPlan(plan: Plan): Promise<string[]> {
  const complaints: string[] = [];
  for (const step of plan) {
    const complaint = await step.verify();
    if (complaint !== null) complaints.push(`${step.title}: ${complaint}`);
  }
  return complaints;
}

/** Undoes all steps, last first. Goes on after a failure, so that as little as possible is left, then throws what failed. */
export async function undoPlan(plan: Plan): Promise<void> {
  const failures: unknown[] = [];
  for (const step of plan.toReversed()) {
    await step.undo().catch((error: unknown) => failures.push(error));
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, 'Not everything could be undone.');
}
