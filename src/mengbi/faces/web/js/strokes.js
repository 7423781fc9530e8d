// A drawing as a list of strokes, and how they are put on a canvas. Coordinates are shares of the canvas's sides.

/** One stroke onto the context: { tool, color, size, points: [[x, y], …] }. */
export function draw(context, stroke) {
  const { width, height } = context.canvas;
  if (stroke.tool === "fill") {
    const [x, y] = stroke.points[0];
    flood(context, Math.floor(x * width), Math.floor(y * height), stroke.color);
    return;
  }
  context.save();
  context.globalCompositeOperation = stroke.tool === "eraser" ? "destination-out" : "source-over";
  context.strokeStyle = stroke.color;
  context.lineWidth = stroke.size * Math.max(width, height);
  context.lineCap = "round";
  context.lineJoin = "round";
  context.beginPath();
  smooth(context, stroke.points.map(([x, y]) => [x * width, y * height]));
  context.stroke();
  context.restore();
}

/** A smooth way through the points: each is the handle of a curve between the middles of its neighbours. */
function smooth(context, points) {
  const [first] = points;
  context.moveTo(...first);
  if (points.length === 1) context.lineTo(first[0] + 0.01, first[1]);
  for (let index = 1; index < points.length - 1; index += 1) {
    const [x, y] = points[index];
    const [nextX, nextY] = points[index + 1];
    context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
  }
  if (points.length > 1) context.lineTo(...points.at(-1));
}

/** The whole drawing anew; `ground`: a picture beneath it, if there is one. */
export function redraw(context, strokes, ground = null) {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  if (ground) context.drawImage(ground, 0, 0, width, height);
  for (const stroke of strokes) draw(context, stroke);
}

const NEAR = 60; // how far a colour may be from the one that is filled, summed over its channels

/** Fills what has the colour of a point and hangs together with it, line by line. */
export function flood(context, x, y, color) {
  const { width, height } = context.canvas;
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  const picture = context.getImageData(0, 0, width, height);
  const { data } = picture;
  const [red, green, blue] = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  const start = (y * width + x) * 4;
  const from = data.slice(start, start + 4);
  const seen = new Uint8Array(width * height);
  const same = (at) => {
    const i = at * 4;
    if (seen[at]) return false;
    const clear = from[3] === 0 && data[i + 3] < NEAR * 2; // the soft rim of a stroke is filled too
    const off = Math.abs(data[i] - from[0]) + Math.abs(data[i + 1] - from[1]) + Math.abs(data[i + 2] - from[2]);
    return clear || (from[3] > 0 && data[i + 3] > 0 && off <= NEAR);
  };
  const lines = [[x, y]];
  while (lines.length) {
    let [left, row] = lines.pop();
    const base = row * width;
    if (!same(base + left)) continue;
    while (left > 0 && same(base + left - 1)) left -= 1;
    let above = false;
    let below = false;
    for (let column = left; column < width && same(base + column); column += 1) {
      seen[base + column] = 1;
      if (row > 0) above = hop(above, same(base - width + column), lines, column, row - 1);
      if (row < height - 1) below = hop(below, same(base + width + column), lines, column, row + 1);
    }
  }
  for (let at = 0; at < seen.length; at += 1) {
    if (seen[at]) data.set([red, green, blue, 255], at * 4);
  }
  context.putImageData(picture, 0, 0);
}

function hop(was, is, lines, column, row) {
  if (is && !was) lines.push([column, row]);
  return is;
}
