// Size limits, so that the dashboard opens on a phone over a slow connection. The build fails above them.
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const KB = 1000;
export const BUDGETS = { firstScript: 35 * KB, style: 14 * KB, allScripts: 80 * KB, page: 6 * KB };

const gzipped = (path) => gzipSync(readFileSync(path), { level: 9 }).length;

export function measure(dist, [script, style]) {
  const chunks = readdirSync(`${dist}/assets`).filter((name) => name.endsWith('.js'));
  const sizes = Object.fromEntries(chunks.map((name) => [name, gzipped(`${dist}/assets/${name}`)]));
  return {
    sizes,
    totals: {
      firstScript: gzipped(`${dist}/${script}`),
      style: gzipped(`${dist}/${style}`),
      allScripts: Object.values(sizes).reduce((sum, size) => sum + size, 0),
      page: gzipped(`${dist}/index.html`),
    },
  };
}

export function checkBudgets(dist, first) {
  const { sizes, totals } = measure(dist, first);
  for (const [name, size] of Object.entries(sizes)) console.log(`  ${name.padEnd(34)} ${size} B gz`);
  const broken = Object.keys(BUDGETS).filter((name) => totals[name] > BUDGETS[name]);
  for (const [name, size] of Object.entries(totals)) console.log(`${name.padEnd(14)} ${size} of ${BUDGETS[name]} B gz`);
  if (broken.length) throw new Error(`over budget: ${broken.join(', ')}`);
}
