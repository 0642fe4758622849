export const demoProblems = {};
