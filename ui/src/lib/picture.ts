// A line camera's picture has the belt running down it: its first row came last, its bottom row passed first. Lying down,
// with what passed first on the right, it has the direction of the belt on the page and fills a wide panel.

export interface Rect { x: number; y: number; w: number; h: number }
export interface Laid { w: number; h: number; turned: boolean; transform: string }

/** How a picture of w × h pixels is laid on the page. */
export function lay(w: number, h: number): Laid {
  const turned = h > w;
  return turned ? { w: h, h: w, turned, transform: `rotate(-90) translate(${-w} 0)` } : { w, h, turned, transform: '' };
}

/** A box of the picture's own pixels in the laid picture; `w` is the picture's own width. */
export function layBox(b: Rect, w: number, turned: boolean): Rect {
  return turned ? { x: b.y, y: w - b.x - b.w, w: b.h, h: b.w } : { x: b.x, y: b.y, w: b.w, h: b.h };
}

/** What a close look at `box` shows of a picture of w × h: the box and a margin, square where there is room. */
export function closeUp(box: Rect, w: number, h: number): Rect {
  const side = Math.max(box.w, box.h) * 1.8, cw = Math.min(w, side), ch = Math.min(h, side);
  return {
    x: Math.min(Math.max(0, box.x + box.w / 2 - cw / 2), w - cw), y: Math.min(Math.max(0, box.y + box.h / 2 - ch / 2), h - ch), w: cw, h: ch,
  };
}
