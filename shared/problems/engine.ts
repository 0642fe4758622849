export const engineProblems = {};
