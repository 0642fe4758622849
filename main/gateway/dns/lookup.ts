/** What to ask: the question's bytes (name, type, class) as the client spelled them, and what it said about itself. */
export interface Lookup {
  question: Uint8Array;
  /** RD, AD and CD of the client, at their places in the header's flags. */
  flags: number;
  hasOpt: boolean;
  dnssecOk: boolean;
}
