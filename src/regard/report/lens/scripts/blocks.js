// Maps out of their blocks: one byte per number (`regard.maps.blocks` says which number a byte stands for).

const ROOM = 256e6;
let unpackedBytes = 0;
const unpacked = [];

/** The maps of a block, once they have been asked for; `block.held` is there at once afterwards. */
function unpack(block) {
  block.coming ??= inflated(block.data).then(bytes => {
    block.held = mapsOf(block, bytes);
    unpacked.push(block);
    unpackedBytes += bytes.length;
    while (unpackedBytes > ROOM && unpacked.length > 1) forget(unpacked.shift());
    return block.held;
  });
  return block.coming;
}

function forget(block) {
  unpackedBytes -= block.held.bytes.length;
  block.held = block.coming = undefined;
}

function bytesOf(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text), bytes = new Uint8Array(letters.length);
  for (let k = 0; k < bytes.length; k++) bytes[k] = letters.charCodeAt(k);
  return bytes;
}

async function inflated(text) {
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function mapsOf({heads, queries: n, keys: m, signed, peaks}, bytes) {
  return {heads, n, m, signed, peaks, bytes, values: peaks.map(peak => valuesOf(peak, signed))};
}

/** What each of the 256 bytes stands for. */
function valuesOf(peak, signed) {
  return Float64Array.from({length: 256}, (_, byte) => {
    const root = signed ? (byte - 128) / 127 : byte / 255;
    return peak * root * Math.abs(root);
  });
}

const valueAt = (maps, head, i, j) => maps.values[head][maps.bytes[(head * maps.n + i) * maps.m + j]];

function rowOf(maps, head, i) {
  const first = (head * maps.n + i) * maps.m, values = maps.values[head], row = new Float64Array(maps.m);
  for (let j = 0; j < maps.m; j++) row[j] = values[maps.bytes[first + j]];
  return row;
}

function columnOf(maps, head, j) {
  return Float64Array.from({length: maps.n}, (_, i) => valueAt(maps, head, i, j));
}

/** The mean over queries, or over keys. */
function meanOf(maps, head, along) {
  const mean = new Float64Array(along === "row" ? maps.m : maps.n);
  for (let i = 0; i < maps.n; i++)
    for (let j = 0; j < maps.m; j++) mean[along === "row" ? j : i] += valueAt(maps, head, i, j);
  return mean.map(sum => sum / (along === "row" ? maps.n : maps.m));
}

/** The largest size of an entry whose key is not hidden; of one row, or of all. */
function largest(maps, head, hidden, row = null) {
  const values = maps.values[head];
  let most = 0;
  const [from, to] = row === null ? [0, maps.n] : [row, row + 1];
  for (let i = from; i < to; i++)
    for (let j = 0, at = (head * maps.n + i) * maps.m; j < maps.m; j++, at++)
      if (!hidden?.[j]) most = Math.max(most, Math.abs(values[maps.bytes[at]]));
  return most;
}

/** 1 minus the sum of each row, where some row leaves something; else null.
 *
 * Rows of bytes sum to what they stand for within a few roundings, and less than that is no finding. */
function leftOver(maps, head) {
  if (maps.signed) return null;
  const rest = new Float64Array(maps.n);
  const rounding = 4 * Math.sqrt(maps.peaks[head] / 3) / 255;
  let some = false;
  for (let i = 0; i < maps.n; i++) {
    const sum = rowOf(maps, head, i).reduce((total, value) => total + value, 0);
    const slack = rounding * Math.sqrt(Math.max(sum, 1e-9));
    if (sum > 1 + Math.max(slack, 0.001)) return null;
    if (sum < 0.999 - slack) some = true;
    rest[i] = Math.max(0, 1 - sum);
  }
  return some ? rest : null;
}

/** A map as small as a thumbnail: of each part its largest entry, so that a single one stays visible. */
function pooled(maps, head, side, hidden) {
  const n = Math.min(maps.n, side), m = Math.min(maps.m, side);
  const bytes = new Uint8Array(n * m).fill(maps.signed ? 128 : 0), zero = maps.signed ? 128 : 0;
  for (let i = 0, at = head * maps.n * maps.m; i < maps.n; i++) {
    const row = Math.floor(i * n / maps.n) * m;
    for (let j = 0; j < maps.m; j++, at++) {
      if (hidden?.[j]) continue;
      const to = row + Math.floor(j * m / maps.m);
      if (Math.abs(maps.bytes[at] - zero) > Math.abs(bytes[to] - zero)) bytes[to] = maps.bytes[at];
    }
  }
  return {...maps, heads: 1, n, m, bytes, peaks: [maps.peaks[head]], values: [maps.values[head]]};
}

/** A head of one model minus a head of another, as a map like any other. */
function difference(one, head, two, other) {
  const size = one.n * one.m, apart = new Float64Array(size);
  let peak = 0;
  for (let k = 0; k < size; k++) {
    apart[k] = one.values[head][one.bytes[head * size + k]] - two.values[other][two.bytes[other * size + k]];
    peak = Math.max(peak, Math.abs(apart[k]));
  }
  const bytes = Uint8Array.from(apart, value =>
    128 + Math.round(127 * Math.sign(value) * Math.sqrt(Math.abs(value) / (peak || 1))));
  return mapsOf({heads: 1, queries: one.n, keys: one.m, signed: true, peaks: [peak]}, bytes);
}
