// frontend/src → frontend/dist: one hashed entry, lazy chunks, one hashed stylesheet. The output is reproducible.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { checkBudgets } from './budgets.mjs';

const hash = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 10);

const ENTRY = resolve('src/main.jsx');
const OUT = '.dist'; // renamed to dist on success, so that a failed build keeps the last good one

/** All static imports of the entry, direct and indirect, without dynamic ones. */
function firstModules(graph) {
  const found = new Set();
  const visit = (id) => {
    if (found.has(id)) return;
    found.add(id);
    graph.getModuleInfo(id)?.importedIds.forEach(visit);
  };
  visit(ENTRY);
  return found;
}

/** Without this, modules shared by lazy chunks get their own file: one more request before the first row. */
function oneFirstChunk() {
  let first;
  const name = (id, graph) => {
    first ??= firstModules(graph);
    return first.has(id) ? 'app' : null;
  };
  return { debugName: 'app', name };
}

async function scripts() {
  const bundle = await rolldown({
    input: ENTRY,
    transform: { jsx: { runtime: 'automatic', importSource: 'preact' }, target: 'es2022' },
  });
  const { output } = await bundle.write({
    dir: `${OUT}/assets`,
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
  const args = [
    'node_modules/@tailwindcss/cli/dist/index.mjs',
    '-i',
    'src/styles/app.css',
    '-o',
    `${OUT}/app.css`,
    '--minify',
  ];
  execFileSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  const css = readFileSync(`${OUT}/app.css`);
  rmSync(`${OUT}/app.css`);
  const name = `app-${hash(css)}.css`;
  writeFileSync(`${OUT}/assets/${name}`, css);
  return name;
}

const empty = (folder) => rmSync(folder, { recursive: true, force: true });

async function build() {
  empty(OUT);
  mkdirSync(`${OUT}/assets`, { recursive: true });
  const [script, style] = [await scripts(), styles()];
  const page = readFileSync('src/index.html', 'utf8').replace('%SCRIPT%', script).replace('%STYLE%', style);
  writeFileSync(`${OUT}/index.html`, page);
  for (const file of readdirSync('public')) cpSync(`public/${file}`, `${OUT}/${file}`);
  checkBudgets(OUT, [`assets/${script}`, `assets/${style}`]);
  empty('dist');
  renameSync(OUT, 'dist');
}

await build().finally(() => empty(OUT));
