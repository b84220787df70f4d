/**
 * How the room is divided: one large picture and a page of small ones, never a scroll bar. Pure arithmetic on pixels.
 */

const RATIO = 16 / 9;
const GAP = 8;
const PAGER = 52; // height of the pager under the small pictures, when there are several pages
const MOST = 24; // small pictures a page; with the large one that is every video slot of a connection
const PLATE = 46; // the strip with the name, which stands under the large picture where the window is upright
const TALL = 3 / 4; // upright windows are filled by pictures up to this tall for their width, their sides cut off
const PAIR_SHARE = 0.72; // of the height for two large pictures side by side, where there are small ones too
const SMALL_WEIGHT = 0.55; // how much a pixel of a small picture is worth against one of the large picture

/** Widest and narrowest small picture for a window of this width. */
function tileBounds(width) {
  if (width < 700) return { least: 104, most: 190 };
  if (width < 1700) return { least: 132, most: 250 };
  return { least: Math.max(180, Math.round(width * 0.066)), most: 460 };
}

/** How many small pictures of this width fit into a column block, given that a pager needs its place too. */
function capacity(columns, tile, height, count, limit) {
  const rows = (free) => Math.max(1, Math.floor((free + GAP) / (tile / RATIO + GAP)));
  const all = Math.min(limit, columns * rows(height));
  return count <= all ? all : Math.min(limit, columns * rows(height - PAGER));
}

/** Columns of small pictures to the right of the large one: see everybody, then keep the large picture large. */
function beside(width, height, count, limit) {
  const { least, most } = tileBounds(width);
  const easy = Math.round(Math.min(most, Math.max(least, width * 0.17)));
  if (count * (easy / RATIO + GAP) - GAP <= height) return { columns: 1, tile: easy, size: capacity(1, easy, height, count, limit) };
  let best = { score: -1, columns: 1, tile: least, size: capacity(1, least, height, count, limit) };
  for (let columns = 1; columns <= 6; columns += 1) {
    for (let tile = least; tile <= most; tile += 4) {
      const panel = columns * (tile + GAP);
      if (panel > width * 0.52) break;
      const size = capacity(columns, tile, height, count, limit);
      const seen = Math.min(count, size);
      const stage = Math.min(width - panel, height * RATIO);
      const score = seen * 1e7 + (stage * stage) / RATIO + SMALL_WEIGHT * seen * ((tile * tile) / RATIO);
      if (score > best.score) best = { score, columns, tile, size };
    }
  }
  return best;
}

/** Rows of small pictures under the large one and its name: see everybody, then leave no room empty. */
function below(width, height, count, limit) {
  const stage = Math.min(Math.round(width / RATIO), Math.round(height * 0.52));
  const left = height - stage - PLATE - GAP;
  const { least } = tileBounds(width);
  let best = null;
  for (let columns = count > 1 ? 2 : 1; columns <= 6; columns += 1) {
    const wide = Math.floor((width - (columns - 1) * GAP) / columns);
    if (wide < least && best) break;
    const tile = Math.min(wide, Math.floor(left * RATIO));
    const size = capacity(columns, tile, left, count, limit);
    const seen = Math.min(count, size);
    const rows = Math.ceil(seen / columns);
    const free = left - (count > size ? PAGER : 0) - (rows - 1) * GAP;
    const grown = grow({ stage, tile, rows, free, width });
    const score = seen * 1e7 + seen * tile * grown.tileHeight;
    if (!best || score > best.score) best = { score, columns, tile, size, ...grown };
  }
  return best;
}

/** Share out the height that rows of small pictures leave free: to them, to the large picture, and again to them up to squares. */
function grow({ stage, tile, rows, free, width }) {
  const highest = (limit, large) => Math.floor(Math.min(limit, large, free / rows));
  const first = Math.max(Math.round(tile / RATIO), highest(tile * TALL, stage));
  const more = Math.max(0, Math.min(free - rows * first, Math.round(width * TALL) - stage));
  const large = stage + Math.floor(more);
  return { stage: large, tileHeight: Math.max(first, Math.floor(Math.min(tile, large, (free - more) / rows))) };
}

/**
 * Divide `width` × `height` pixels among a large picture and `count` small ones, at most `limit` a page.
 * Gives {side: "right" | "below" | "none", columns, tileWidth, tileHeight, pageSize, stageHeight, plateHeight}; the plate with
 * the name has a height of its own where it stands under the large picture, and none where it lies in the picture's corner.
 */
export function divide(width, height, count, limit = MOST) {
  const wide = width > height * 1.05;
  const plateHeight = wide ? 0 : PLATE;
  if (!count) {
    const stageHeight = Math.round(wide ? Math.min(height, width / RATIO) : Math.min(height - PLATE, width * TALL));
    return { side: "none", columns: 0, tileWidth: 0, tileHeight: 0, pageSize: limit, stageHeight, plateHeight };
  }
  if (!wide) {
    const { columns, tile, tileHeight, size, stage } = below(width, height, count, limit);
    return { side: "below", columns, tileWidth: tile, tileHeight, pageSize: size, stageHeight: stage, plateHeight };
  }
  const { columns, tile, size } = beside(width, height, count, limit);
  const stageHeight = Math.round(Math.min(height, (width - columns * (tile + GAP)) / RATIO));
  return { side: "right", columns, tileWidth: tile, tileHeight: Math.round(tile / RATIO), pageSize: size, stageHeight, plateHeight };
}

/**
 * Divide the place beside a document: as beside a large picture, but in an upright window the document gets all the height that one row
 * of small pictures leaves. The same form as `divide`.
 */
export function besidePaper(width, height, count, limit = MOST) {
  if (width > height * 1.05 || !count) return { ...divide(width, height, count, limit), ...(count ? {} : { stageHeight: height }), plateHeight: 0 };
  const columns = Math.min(count, Math.max(2, Math.floor((width + GAP) / (tileBounds(width).least + GAP))));
  const tileWidth = Math.floor((width - (columns - 1) * GAP) / columns);
  const tileHeight = Math.min(Math.round(tileWidth / RATIO), Math.round(height * 0.2));
  const pager = count > columns ? PAGER : 0;
  return { side: "below", columns, tileWidth, tileHeight, pageSize: columns, stageHeight: height - tileHeight - pager - GAP, plateHeight: 0 };
}

/** Divide everything among `count` equal pictures, as large as they can be, at most `limit` a page; the same form as `divide`. */
export function gallery(width, height, count, limit = MOST) {
  const { least } = tileBounds(width);
  let best = null;
  for (let columns = 1; columns <= 10; columns += 1) {
    const wide = Math.floor((width - (columns - 1) * GAP) / columns);
    if (wide < least && best) break;
    for (const rows of [Math.ceil(Math.min(count, limit) / columns), Math.floor((height - PAGER + GAP) / (least / RATIO + GAP)) || 1]) {
      const size = Math.min(limit, columns * rows);
      const free = height - (count > size ? PAGER : 0) - (rows - 1) * GAP;
      const tile = Math.floor(Math.min(wide, (free / rows) * RATIO));
      if (tile < least && best) continue;
      const score = Math.min(count, size) * 1e7 * (tile >= least ? 1 : 0.001) + tile;
      if (!best || score > best.score) best = { score, columns, tile, size };
    }
  }
  const { columns, tile, size } = best;
  return { side: "all", columns, tileWidth: tile, tileHeight: Math.round(tile / RATIO), pageSize: size, stageHeight: 0, plateHeight: 0 };
}

/**
 * Two large pictures side by side with the small ones under them. In an upright window they stand one under the other, in a very flat
 * one beside the small ones, as `divide` has it. `each`: the height of one of them.
 */
export function pair(width, height, count, limit = MOST) {
  const halves = (width - GAP) / 2 / RATIO;
  const least = tileBounds(width).least / RATIO + PAGER + 2 * GAP;
  const stageHeight = Math.round(Math.min(halves, count ? Math.min(height * PAIR_SHARE, height - least) : height));
  if (width <= height * 1.05 || stageHeight < height * 0.4) {
    const plan = divide(width, height, count, limit);
    return { ...plan, each: plan.side === "right" ? (plan.stageHeight * RATIO - GAP) / 2 / RATIO : plan.stageHeight / 2 };
  }
  if (!count) return { ...divide(width, height, 0, limit), stageHeight, each: stageHeight };
  const small = gallery(width, height - stageHeight - GAP, count, limit);
  const tileWidth = Math.min(small.tileWidth, tileBounds(width).most);
  return { ...small, side: "below", tileWidth, tileHeight: Math.round(tileWidth / RATIO), stageHeight, each: stageHeight };
}
