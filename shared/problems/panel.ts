export const panelProblems = {};
