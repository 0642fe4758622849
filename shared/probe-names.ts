/** Names under this suffix exist only to be denied and noticed: `n<nonce>.probe.portcullis.internal`. */
export const PROBE_SUFFIX = 'probe.portcullis.internal';
/**
 * The same, under a suffix that an engine's `NO_PROXY` names, so that a probe through the engine reaches the DNS wall even where
 * a proxy is set. The proxy denies it like any other name.
 */
export const DIRECT_PROBE_SUFFIX = `direct.${PROBE_SUFFIX}`;
/** 128 bits, lower-case hex, behind an `n` so that the label never looks like a number. */
export const PROBE_NONCE = /^[0-9a-f]{32}$/;
