// Pictures in rows of equal height that fill the width, as in an album. Nothing here knows of a page.

const SLIM = 0.45;
const BROAD = 2.6;

/** Width over height as it is shown: what is too slim or too broad is cut. */
export const shownRatio = (width, height) => Math.min(Math.max(width / height, SLIM), BROAD);

/** Adds rows for the pictures from where the rows end; a last row that is not full stays open if `more` may come.
 *
 * rows: as they stand, taken over and given back; ratios: of all pictures; height: that a row should have.
 */
export function fill(rows, ratios, { width, height, gap }, more) {
  const last = rows.at(-1);
  if (last?.open) rows.pop();
  let first = rows.length ? rows.at(-1).first + rows.at(-1).count : 0;
  let top = rows.length ? rows.at(-1).top + rows.at(-1).height + gap : 0;
  while (first < ratios.length) {
    let count = 0;
    let sum = 0;
    let fits = Infinity;
    while (first + count < ratios.length && fits > height) {
      sum += ratios[first + count];
      count += 1;
      fits = (width - gap * (count - 1)) / sum;
    }
    const full = fits <= height;
    const high = full ? Math.max(fits, height * 0.6) : Math.min(fits, height);
    rows.push({ top, height: high, first, count, full, open: !full && more });
    top += high + gap;
    first += count;
  }
  return rows;
}

/** How high all rows are together. */
export const heightOf = (rows) => (rows.length ? rows.at(-1).top + rows.at(-1).height : 0);

/** The rows between two heights, as [first, behind the last]. */
export function between(rows, top, bottom) {
  return [search(rows, (row) => row.top + row.height >= top), search(rows, (row) => row.top > bottom)];
}

/** The first index for which it holds; it holds for all behind it. */
function search(rows, holds) {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(rows[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}
