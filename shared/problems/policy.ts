export const policyProblems = {};
