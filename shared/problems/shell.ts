export const shellProblems = {};
