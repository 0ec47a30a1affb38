/** The nearest place in a list of that length. */
export function within(index: number, length: number): number {
  return Math.max(0, Math.min(index, length - 1));
}
