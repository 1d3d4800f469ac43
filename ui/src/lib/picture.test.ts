import { describe, expect, it } from 'vitest';
import { closeUp, lay, layBox } from './picture';

describe('pictures', () => {
  it('lays an upright picture down, what passed first on the right', () => {
    expect(lay(96, 400)).toMatchObject({ w: 400, h: 96, turned: true });
    // The bottom left corner of the picture goes to the bottom right of the page.
    expect(layBox({ x: 0, y: 390, w: 10, h: 10 }, 96, true)).toEqual({ x: 390, y: 86, w: 10, h: 10 });
    expect(layBox({ x: 20, y: 5, w: 30, h: 12 }, 96, true)).toEqual({ x: 5, y: 46, w: 12, h: 30 });
  });
  it('leaves a wide picture as it is', () => {
    expect(lay(640, 320)).toEqual({ w: 640, h: 320, turned: false, transform: '' });
    expect(layBox({ x: 1, y: 2, w: 3, h: 4 }, 640, false)).toEqual({ x: 1, y: 2, w: 3, h: 4 });
  });
  it('looks closely without leaving the picture', () => {
    expect(closeUp({ x: 0, y: 40, w: 20, h: 10 }, 400, 96)).toEqual({ x: 0, y: 27, w: 36, h: 36 });
    expect(closeUp({ x: 390, y: 0, w: 10, h: 90 }, 400, 96)).toEqual({ x: 238, y: 0, w: 162, h: 96 });
  });
});
