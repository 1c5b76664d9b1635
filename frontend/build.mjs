// frontend/src → frontend/dist: one hashed entry, lazy chunks, one hashed stylesheet. Same sources, same bytes.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { checkBudgets } from './budgets.mjs';

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 10);

const ENTRY = resolve('src/main.jsx');

/** Everything that the entry imports, directly or not, but not what it loads later. */
function firstModules(graph) {
  const found = new Set();
  const visit = (id) => found.has(id) || (found.add(id), graph.getModuleInfo(id)?.importedIds.forEach(visit));
  visit(ENTRY);
  return found;
}

/** Left alone, the bundler gives what several lazy chunks share a file of its own: one more request before the first row. */
function oneFirstChunk() {
  let first;
  return { debugName: 'app', name: (id, graph) => ((first ??= firstModules(graph)).has(id) ? 'app' : null) };
}

async function scripts() {
  const bundle = await rolldown({
    input: ENTRY,
    transform: { jsx: { runtime: 'automatic', importSource: 'preact' }, target: 'es2022' },
  });
  const { output } = await bundle.write({
    dir: 'dist/assets',
    format: 'esm',
    minify: true,
    entryFileNames: '[name]-[hash].js',
    chunkFileNames: '[name]-[hash].js',
    codeSplitting: { groups: [oneFirstChunk()] },
  });
  await bundle.close();
  const entry = output.find((chunk) => chunk.moduleIds?.includes(ENTRY));
  if (entry.imports.length) throw new Error(`the first script must be one request, but imports ${entry.imports}`);
  return entry.fileName;
}

function styles() {
  const args = ['node_modules/@tailwindcss/cli/dist/index.mjs', '-i', 'src/styles/app.css', '-o', 'dist/app.css', '--minify'];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const css = readFileSync('dist/app.css');
  rmSync('dist/app.css');
  const name = `app-${hash(css)}.css`;
  writeFileSync(`dist/assets/${name}`, css);
  return name;
}

rmSync('dist', { recursive: true, force: true });
mkdirSync('dist/assets', { recursive: true });
const script = await scripts();
const style = styles();
const page = readFileSync('src/index.html', 'utf8').replace('%SCRIPT%', script).replace('%STYLE%', style);
writeFileSync('dist/index.html', page);
for (const file of readdirSync('public')) cpSync(`public/${file}`, `dist/${file}`);
checkBudgets('dist', [`assets/${script}`, `assets/${style}`]);
