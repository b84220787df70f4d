/**
 * How the room is divided: one large picture and a page of small ones, never a scroll bar. Pure arithmetic on pixels.
 */

const RATIO = 16 / 9;
const GAP = 8;
const MOST = 24; // small pictures a page; with the large one that is every video slot of a connection

/** Widest and narrowest small picture for a window of this width. */
function tileBounds(width) {
  if (width < 700) return { least: 104, most: 190 };
  if (width < 1700) return { least: 136, most: 250 };
  return { least: 190, most: 380 };
}

const rowsThatFit = (height, tileHeight) => Math.max(1, Math.floor((height + GAP) / (tileHeight + GAP)));

/** Columns of small pictures to the right of the large one. */
function beside(width, height, count, limit) {
  const { least, most } = tileBounds(width);
  const widest = Math.min(most, Math.floor((width - 3 * GAP) * 0.42));
  let best = null;
  for (let columns = 1; columns <= 6; columns += 1) {
    const room = Math.floor((width * 0.5 - (columns - 1) * GAP) / columns);
    const byRows = Math.ceil(Math.min(count, limit) / columns);
    const byHeight = Math.floor(((height - (byRows - 1) * GAP) / byRows) * RATIO);
    const tile = Math.min(widest, room, Math.max(byHeight, least));
    if (tile < least) break;
    const size = Math.min(limit, columns * rowsThatFit(height, tile / RATIO));
    const seen = Math.min(count, size);
    const panel = columns * tile + (columns - 1) * GAP;
    const stage = Math.min(width - panel - GAP, height * RATIO);
    // Seeing everybody comes first, then a large picture that is large, then small ones that are not too small.
    const score = seen * 1e6 + stage * stage + seen * tile * tile * 0.35;
    if (!best || score > best.score) best = { score, columns, tile, size };
  }
  return best ?? { columns: 1, tile: least, size: rowsThatFit(height, least / RATIO) };
}

/** Rows of small pictures under the large one. */
function below(width, height, count, limit) {
  const stage = Math.min(Math.round(width / RATIO), Math.round(height * 0.52));
  const left = height - stage - GAP;
  const { least } = tileBounds(width);
  let best = { columns: 2, tile: Math.floor((width - GAP) / 2), size: 2 };
  for (let columns = 2; columns <= 6; columns += 1) {
    const tile = Math.floor((width - (columns - 1) * GAP) / columns);
    if (tile < least && columns > 2) break;
    const fit = Math.min(tile, Math.floor(left * RATIO));
    const size = Math.min(limit, columns * rowsThatFit(left, fit / RATIO));
    best = { columns, tile: fit, size };
    if (size >= count) break;
  }
  return { ...best, stage };
}

/**
 * Divide `width` × `height` pixels among a large picture and `count` small ones.
 * Gives {side: "right" | "below" | "none", columns, tileWidth, tileHeight, pageSize, stageHeight}.
 */
export function divide(width, height, count, limit = MOST) {
  if (!count) return { side: "none", columns: 0, tileWidth: 0, tileHeight: 0, pageSize: limit, stageHeight: height };
  if (width > height * 1.05) {
    const { columns, tile, size } = beside(width, height, count, limit);
    const stageWidth = width - columns * tile - columns * GAP;
    return {
      side: "right", columns, tileWidth: tile, tileHeight: Math.round(tile / RATIO), pageSize: size,
      stageHeight: Math.round(Math.min(height, stageWidth / RATIO)),
    };
  }
  const { columns, tile, size, stage } = below(width, height, count, limit);
  return {
    side: "below", columns, tileWidth: tile, tileHeight: Math.round(tile / RATIO), pageSize: size, stageHeight: stage,
  };
}
