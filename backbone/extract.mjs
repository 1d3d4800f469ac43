// Takes the first layers of a MobileNetV2 (Sandler et al. 2018) that was trained on Open Images out of the package
// @mediapipe/objectron (Apache-2.0) and writes them as backbone.bin, the form that src/science/vision/net/backbone.h reads.
// The package holds a TensorFlow Lite model: a FlatBuffer, of whose tables only the few fields used here are looked at.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const here = new URL('.', import.meta.url);
const source = new URL('node_modules/@mediapipe/objectron/objectron_solution_packed_assets.data', here);
const kSourceSha256 = '470986ca5df183f41698da6de74b027d838fe289d77b5ab094497d350bee664e';
const kModelBegins = 184;                 // behind a list of names
const kTaps = [12, 20, 23, 27];           // layers that the second look reads: three of 8 and 16 pixels a cell, the last ends the network
const kAdd = 0, kConvolution = 3, kDepthwise = 4, kDequantize = 6;   // of TensorFlow Lite's operators
const kRectifiedToSix = 3;                // of its activations

function fail(what) {
  console.error(`backbone: ${what}`);
  process.exit(1);
}

const packed = readFileSync(source);
const sha256 = createHash('sha256').update(packed).digest('hex');
if (sha256 !== kSourceSha256) fail(`expected the model of SHA-256 ${kSourceSha256}, found ${sha256}: the package has changed`);
const model = packed.subarray(kModelBegins);
const view = new DataView(model.buffer, model.byteOffset, model.byteLength);

/** A table of a FlatBuffer, its fields by number. */
class Table {
  constructor(at) {
    this.at = at;
    this.fields = at - view.getInt32(at, true);
  }
  place(field) {
    const entry = 4 + 2 * field;
    const offset = entry < view.getUint16(this.fields, true) ? view.getUint16(this.fields + entry, true) : 0;
    return offset === 0 ? 0 : this.at + offset;
  }
  byte(field) { const p = this.place(field); return p === 0 ? 0 : view.getInt8(p); }
  number(field) { const p = this.place(field); return p === 0 ? 0 : view.getInt32(p, true); }
  table(field) { const p = this.place(field); return p === 0 ? null : new Table(p + view.getUint32(p, true)); }
  vector(field) {
    const p = this.place(field);
    if (p === 0) return { length: 0, at: 0 };
    const start = p + view.getUint32(p, true);
    return { length: view.getUint32(start, true), at: start + 4 };
  }
  numbers(field) {
    const { length, at } = this.vector(field);
    return Array.from({ length }, (_, i) => view.getInt32(at + 4 * i, true));
  }
  tables(field) {
    const { length, at } = this.vector(field);
    return Array.from({ length }, (_, i) => new Table(at + 4 * i + view.getUint32(at + 4 * i, true)));
  }
}

const root = new Table(view.getUint32(0, true));
const kinds = root.tables(1).map((code) => Math.max(code.byte(0), code.number(3)));
const graph = root.tables(2)[0];
const tensors = graph.tables(0);
const buffers = root.tables(4);

const halves = new Map();  // by tensor: the 16-bit tensor that it is made from
const layerOf = new Map(); // by tensor: the layer that makes it
const layers = [];

/** The 16-bit numbers of a tensor, as they are. */
function weights(tensor) {
  const { length, at } = buffers[tensors[halves.get(tensor)].number(2)].vector(0);
  return model.subarray(at, at + length);
}
const shape = (tensor) => tensors[halves.get(tensor)].numbers(0);

for (const op of graph.tables(3)) {
  const kind = kinds[op.number(0)];
  const [a, b, c] = op.numbers(1);
  const out = op.numbers(2)[0];
  const options = op.table(4);
  if (kind === kDequantize) {
    halves.set(out, a);
    continue;
  }
  layerOf.set(out, layers.length);
  if (kind === kAdd) {
    layers.push({ kind: 'add', a: layerOf.get(a), b: layerOf.get(b) });
  } else if (kind === kConvolution || kind === kDepthwise) {
    const activation = options.byte(kind === kConvolution ? 3 : 4);
    layers.push({ kind: kind === kConvolution ? 'convolution' : 'depthwise', input: layerOf.get(a), weights: b, bias: c,
                  stride: options.number(1), capped: activation === kRectifiedToSix, activation });
  } else {
    fail(`operator ${kind} is not expected among the first layers`);
  }
  if (layers.length > kTaps.at(-1)) break;
}

// Each layer reads the one before; a sum belongs to the layer before it.
const chunks = [];
const u32 = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); chunks.push(bytes); };
const written = new Map();  // by layer of the package: the layer written
let count = 0;
layers.forEach((layer, i) => {
  if (layer.kind !== 'add') written.set(i, count++);
  else written.set(i, count - 1);
});
chunks.push(Buffer.from('BWBACKBONE1\n'));
u32(count);
layers.forEach((layer, i) => {
  if (layer.kind === 'add') return;
  if (i > 0 && written.get(layer.input) !== written.get(i) - 1) fail(`layer ${i} does not read the one before`);
  const sum = layers[i + 1]?.kind === 'add' ? layers[i + 1] : null;
  const [outer, height, width, inner] = shape(layer.weights);
  const depthwise = layer.kind === 'depthwise';
  const other = sum === null ? -1 : written.get(sum.a) === written.get(i) ? written.get(sum.b) : written.get(sum.a);
  u32(depthwise ? 1 : height === 3 ? 0 : 2);
  u32(layer.stride);
  u32(depthwise ? inner : outer);   // maps it makes
  u32(layer.capped ? 1 : 0);
  u32(other + 1);
  u32(kTaps.includes(sum === null ? i : i + 1) ? 1 : 0);
  const numbers = weights(layer.weights);
  if (depthwise) {
    // From window by window to map by map.
    const turned = Buffer.alloc(numbers.length);
    for (let c = 0; c < inner; ++c) {
      for (let k = 0; k < height * width; ++k) turned.writeUInt16LE(numbers.readUInt16LE(2 * (k * inner + c)), 2 * (9 * c + k));
    }
    chunks.push(turned);
  } else {
    chunks.push(numbers);
  }
  chunks.push(weights(layer.bias));
});
const body = Buffer.concat(chunks);
writeFileSync(new URL('backbone.bin', here), Buffer.concat([body, createHash('sha256').update(body).digest()]));
console.log(`backbone: ${count} layers, ${body.length} bytes`);
