// Geometry of the throughput chart: points in, rectangles out.

const PARTS = ['completed', 'retried', 'failed'];

/** The smallest round number at or above the value: 1, 2, 5, 10, 20, 50 … */
export function niceCeiling(value) {
  if (value <= 1) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}

const totalOf = (point) => PARTS.reduce((sum, part) => sum + point[part], 0);

/** → {top, bars: [{part, x, y, width, height, place}], step}; `top` is the value at the upper edge. */
export function layout(points, width, height) {
  const top = niceCeiling(Math.max(...points.map(totalOf), 0));
  const step = width / Math.max(1, points.length);
  const gap = Math.min(2, step * 0.25);
  const bars = points.flatMap((point, place) => {
    let y = height;
    return PARTS.filter((part) => point[part] > 0).map((part) => {
      const tall = Math.max(1, (point[part] / top) * height);
      y -= tall;
      return { part, place, x: place * step + gap / 2, y, width: Math.max(1, step - gap), height: tall };
    });
  });
  return { top, bars, step };
}

/** About one label for each 90 pixels. */
export function labelPlaces(count, width) {
  const every = Math.max(1, Math.ceil(count / Math.max(1, Math.floor(width / 90))));
  return Array.from({ length: count }, (_, place) => place).filter((place) => place % every === 0);
}

export function sumOf(points) {
  const sum = { completed: 0, failed: 0, retried: 0 };
  for (const point of points) for (const part of PARTS) sum[part] += point[part];
  return sum;
}
