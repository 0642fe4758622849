/**
 * How a filter in WSL 2 stands to the other distributions, by its kernel. Docker's documentation requires 5.4, and announced
 * that from 5.15 on only the engine's distribution is restricted; the sentence was later dropped, so that band is a claim.
 */
export type KernelBand = 'old' | 'all-distributions' | 'own-distribution';

/** @param release as `uname -r` has it: `5.15.167.4-microsoft-standard-WSL2`; null for what is no version */
export function kernelBand(release: string): KernelBand | null {
  const match = /^(\d+)\.(\d+)/.exec(release);
  if (match === null) return null;
  const [major, minor] = [Number(match[1]), Number(match[2])];
  if (major < 5 || (major === 5 && minor < 4)) return 'old';
  return major === 5 && minor < 15 ? 'all-distributions' : 'own-distribution';
}

/** Is this the kernel that Microsoft builds for WSL 2? WSL 1 has none; it calls itself `4.4.0-19041-Microsoft`. */
export function isWslKernel(release: string): boolean {
  return /microsoft/i.test(release) && !/-Microsoft$/.test(release);
}
