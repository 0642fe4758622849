export const sessionProblems = {};
