import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import en from './en';
import zh from './zh';

const keys = Object.keys(en) as (keyof typeof en)[];
const holes = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((m) => m[1]).sort();

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() ? sources(`${folder}/${e.name}`) : /\.(svelte|ts)$/.test(e.name) && !e.name.endsWith('.test.ts') ? [`${folder}/${e.name}`] : []);
}

describe('dictionaries', () => {
  it('have the same keys', () => {
    expect(Object.keys(zh).sort()).toEqual([...keys].sort());
  });
  it('leave nothing empty and fill the same places', () => {
    for (const k of keys) {
      expect(en[k].trim(), k).not.toBe('');
      expect(zh[k].trim(), k).not.toBe('');
      expect(holes(zh[k]), k).toEqual(holes(en[k]));
    }
  });
  it('know every key that the pages ask for', () => {
    const asked = sources('src').flatMap((f) => [...readFileSync(f, 'utf8').matchAll(/\bt\('([\w.-]+)'/g)].map((m) => m[1]));
    expect(asked.length).toBeGreaterThan(50);
    expect([...new Set(asked)].filter((k) => !(k in en))).toEqual([]);
  });
  it('keep Chinese out of the components, where no reader could switch it', () => {
    const strays = sources('src').filter((f) => !f.includes('/i18n/') && /[\u4e00-\u9fff]/.test(readFileSync(f, 'utf8').replace(/'中'/g, '')));
    expect(strays).toEqual([]);
  });
});
