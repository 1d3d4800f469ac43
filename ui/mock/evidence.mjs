// Pictures and spectra for the mock, made from nothing but their seed.
import { deflateSync, crc32 as zlibCrc } from 'node:zlib';

const table = Array.from({ length: 256 }, (_, n) => { let c = n; for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1; return c >>> 0; });
const crc = zlibCrc ?? ((b) => { let c = 0xffffffff; for (const x of b) c = table[(c ^ x) & 255] ^ (c >>> 8); return (c ^ 0xffffffff) >>> 0; });

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]), out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body) >>> 0, body.length + 4);
  return out;
}

function random(seed) {
  let s = (seed * 2654435761) >>> 0;
  return () => { s ^= s << 13; s >>>= 0; s ^= s >>> 17; s ^= s << 5; s >>>= 0; return s / 2 ** 32; };
}

/** A grey-brown heap of lumps, with a plate across it where `box` says. */
export function picture(seed, width, height, box) {
  const next = random(seed + 7), grey = new Float32Array(width * height).fill(70);
  for (let k = 0; k < 1500; k++) {
    const cx = next() * width, cy = next() * height, r = 3 + next() * next() * 22, shade = 45 + next() * 70;
    for (let y = Math.max(0, cy - r | 0); y < Math.min(height, cy + r); y++)
      for (let x = Math.max(0, cx - r | 0); x < Math.min(width, cx + r); x++) {
        const d = ((x - cx) ** 2 + (y - cy) ** 2) / (r * r);
        if (d < 1) grey[y * width + x] = shade * (1 - 0.6 * d) + 20 * ((cx - x) / r) * 0.5;
      }
  }
  const raw = Buffer.alloc((width * 3 + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const inBox = box && x > box.x + 4 && x < box.x + box.w - 4 && y > box.y + 4 && y < box.y + box.h - 4;
      const g = Math.max(10, Math.min(230, (inBox ? 165 + (x % 9) : grey[y * width + x]) + next() * 10)), o = y * (width * 3 + 1) + 1 + x * 3;
      raw[o] = Math.min(255, g * (inBox ? 1 : 1.12)); raw[o + 1] = g * (inBox ? 1.02 : 0.86); raw[o + 2] = g * (inBox ? 1.05 : 0.76);
    }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0); header.writeUInt32BE(height, 4); header[8] = 8; header[9] = 2;
  return Buffer.concat([Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]), chunk('IHDR', header), chunk('IDAT', deflateSync(raw, { level: 1 })), chunk('IEND', Buffer.alloc(0))]);
}

export function spectrum(seed, brand) {
  const next = random(seed), out = { wavelengths_nm: [], reflectance: [], mean: [], low: [], high: [], brand };
  for (let w = 400; w <= 2400; w += 8) {
    const band = (c, s, d) => d * Math.exp(-(((w - c) / s) ** 2));
    const mean = 0.18 + 0.14 * Math.min(1, (w - 400) / 500) - band(870, 90, 0.06) - band(1415, 40, 0.02) - band(1930, 60, 0.05) - band(2208, 30, 0.025);
    out.wavelengths_nm.push(w);
    out.mean.push(mean); out.low.push(mean - 0.018); out.high.push(mean + 0.018);
    out.reflectance.push(mean * 0.86 + 0.012 + band(1050, 160, 0.05) + (next() - 0.5) * 0.003);
  }
  return out;
}

export function gamma(seed) {
  const next = random(seed), out = { energy_kev: [], counts: [], expected: [], live_s: 12, nuclide: 'Cs-137' };
  for (let e = 20; e < 3000; e += 12) {
    const peak = (c, a) => a * Math.exp(-(((e - c) / (8 + 0.03 * c)) ** 2));
    const expected = 160 * Math.exp(-e / 330) + peak(1461, 6) + peak(1765, 2) + peak(2615, 3) + 0.4;
    const counts = expected + peak(662, 55) + (e < 480 ? 25 * Math.exp(-e / 400) : 0);
    out.energy_kev.push(e); out.expected.push(expected); out.counts.push(Math.max(0, Math.round(counts + (next() - 0.5) * 2 * Math.sqrt(counts))));
  }
  return out;
}

/** Odd where the mock's object lies: 32 x 16 cells of a picture of 640 x 320. */
export function heat(seed) {
  const next = random(seed), inside = (x, y) => x >= 10 && x < 19 && y >= 4 && y < 8;
  const levels = Array.from({ length: 512 }, (_, i) => (inside(i % 32, Math.floor(i / 32)) ? 6 + Math.floor(4 * next()) : Math.floor(2.2 * next() ** 2))).join('');
  return { heat_columns: 32, heat_rows: 16, levels, by: 'network', width_px: 640, height_px: 320 };
}

/** Thirty seconds round a source that passes in three. */
export function waterfall(seed) {
  const next = random(seed), out = { edges_kev: [], seconds: [], row_live_s: [], load_kg_per_m: [], rows: [] };
  for (let g = 0; g <= 16; ++g) out.edges_kev.push(30 + 185 * g);
  for (let s = -20; s <= 20; ++s) {
    const near = Math.exp(-((s / 1.5) ** 2));
    out.seconds.push(s); out.row_live_s.push(1); out.load_kg_per_m.push(420 + 30 * Math.sin(s / 4));
    out.rows.push(Array.from({ length: 16 }, (_, g) => {
      const usual = 900 * Math.exp(-g / 3) + 8, counts = usual + near * (g === 3 ? 260 : g < 3 ? 120 : 0);
      return Math.max(0, Math.round(counts + (next() - 0.5) * 3.4 * Math.sqrt(counts)));
    }));
  }
  return out;
}
