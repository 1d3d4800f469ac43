// Labels over a belt: each as near its place as its neighbours allow, order kept, none overlapping.

/** `wanted` must be sorted. Returns centres at least `gap` apart within [lo, hi]. */
export function spread(wanted: number[], gap: number, lo: number, hi: number): number[] {
  // Each block is a run of labels that touch; it sits where the mean of their wishes puts it.
  const blocks: { start: number; n: number; sum: number }[] = [];
  const place = (b: { n: number; sum: number }) => Math.min(Math.max(b.sum / b.n, lo), Math.max(lo, hi - (b.n - 1) * gap));
  wanted.forEach((w, i) => {
    blocks.push({ start: i, n: 1, sum: w });
    while (blocks.length > 1) {
      const b = blocks[blocks.length - 1], a = blocks[blocks.length - 2];
      if (place(b) - place(a) >= a.n * gap) break;
      a.sum += b.sum - b.n * a.n * gap;
      a.n += b.n;
      blocks.pop();
    }
  });
  return blocks.flatMap((b) => Array.from({ length: b.n }, (_, k) => place(b) + k * gap));
}
