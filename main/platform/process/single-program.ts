/** Is this the installed program, one file with Node inside (build/program/), rather than Node with a script? */
export function isSingleProgram(): boolean {
  return process.getBuiltinModule('node:sea').isSea();
}
