/** How Node runs within our programs: nobody else says so, not NODE_OPTIONS either, and no signal opens a debugger's port. */
export const HUB_NODE_OPTIONS = ['--disable-sigusr1'] as const;

/**
 * V8 has one thread for its own work instead of four. While a long list is verified, they would take the processors from the threads that
 * answer: with two processors a question waited 11 to 19 ms at most, and 9 to 11 with one. And it does not look every eight seconds whether
 * an idle thread has something to collect: what a replaced list leaves behind is given back without that.
 */
export const GATEWAY_NODE_OPTIONS = [...HUB_NODE_OPTIONS, '--v8-pool-size=1', '--no-memory-reducer'] as const;
