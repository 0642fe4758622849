export const hubProblems = {};
