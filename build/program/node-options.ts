/** How Node runs in our programs. Nothing else has a say, not even NODE_OPTIONS, and no signal opens a debugger's port. */
export const HUB_NODE_OPTIONS = ['--disable-sigusr1'] as const;

/**
 * V8 gets one helper thread instead of four: while a long list is verified, four take the processors from the threads that answer. With two
 * processors the longest wait of a question was 11 to 19 ms, and is 9 to 11 ms with one helper. V8 also no longer checks every eight seconds
 * whether an idle thread has garbage: the memory of a replaced list is given back without that.
 */
export const GATEWAY_NODE_OPTIONS = [...HUB_NODE_OPTIONS, '--v8-pool-size=1', '--no-memory-reducer'] as const;
