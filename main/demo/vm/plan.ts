/** One thing that a VM needs on this machine, which can be applied, verified and undone. */
export interface Step {
  /** What the step makes: "network namespace portcullis-10.200.0". */
  readonly title: string;
  apply(): Promise<void>;
  /** @returns null where it is in place, otherwise what is wrong */
  verify(): Promise<string | null>;
  /** Removes what `apply` made, wholly or in part; does nothing where there is nothing. */
  undo(): Promise<void>;
}

export type Plan = readonly Step[];

/** Applies all steps in order. If one fails, it and those before it are undone, and its error is thrown. */
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
        : new AggregateError([error, ...failures], `${step.title}: could be neither applied nor undone`);
    }
  }
}

/** @returns what is wrong, one line each */
export async function verifyPlan(plan: Plan): Promise<string[]> {
  const faults: string[] = [];
  for (const step of plan) {
    const fault = await step.verify();
    if (fault !== null) faults.push(`${step.title}: ${fault}`);
  }
  return faults;
}

/** Undoes all steps, last first. A failure does not stop the others, so that as little as possible is left; then it is thrown. */
export async function undoPlan(plan: Plan): Promise<void> {
  const failures: unknown[] = [];
  for (const step of plan.toReversed()) {
    await step.undo().catch((error: unknown) => failures.push(error));
  }
  if (failures.length === 1) throw failures[0];
  if (failures.length > 1) throw new AggregateError(failures, 'some steps could not be undone');
}
