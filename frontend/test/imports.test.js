import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

// From the top. A folder imports from itself and from the rows below it; pages do not import each other.
const LAYERS = [
  ['main.jsx'],
  ['app'],
  ['create', 'drawer', 'import', 'overview', 'palette', 'settings', 'signin', 'timeline'],
  ['jobs'],
  ['ui'],
  ['state'],
  ['schema'],
  ['lib'],
];
const layerOf = (folder) => LAYERS.findIndex((row) => row.includes(folder));
const folderOf = (file) => file.split('/')[0];

const files = readdirSync('src', { recursive: true }).filter((name) => /\.jsx?$/.test(name));

function importsOf(file) {
  const source = readFileSync(join('src', file), 'utf8');
  const paths = [...source.matchAll(/(?:\bfrom\s+|\bimport\s*\(?\s*)'(\.[^']+)'/g)].map(([, path]) => path);
  return paths.map((path) => join(dirname(file), path));
}

const graph = new Map(files.map((file) => [file, importsOf(file)]));

test('every import finds its file, and every folder has a layer', () => {
  assert.ok(files.length > 100);
  assert.deepEqual(
    [...graph.values()].flat().filter((target) => !graph.has(target)),
    [],
  );
  assert.deepEqual(
    [...new Set(files.map(folderOf))].filter((folder) => layerOf(folder) === -1),
    [],
  );
});

test('imports point down', () => {
  const up = [];
  for (const [file, targets] of graph) {
    for (const target of targets) {
      const [from, to] = [folderOf(file), folderOf(target)];
      if (from !== to && layerOf(to) <= layerOf(from)) up.push(`${file} → ${target}`);
    }
  }
  assert.deepEqual(up, []);
});

test('no file imports itself through others', () => {
  const finished = new Set();
  const visit = (file, path) => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (finished.has(file)) return null;
    const circle =
      graph
        .get(file)
        .map((target) => visit(target, [...path, file]))
        .find(Boolean) ?? null;
    finished.add(file);
    return circle;
  };
  assert.deepEqual(files.map((file) => visit(file, [])).filter(Boolean), []);
});

test('no line is longer than 120 columns', () => {
  const sources = [
    ...files.map((file) => `src/${file}`),
    ...readdirSync('src/styles').map((name) => `src/styles/${name}`),
    ...readdirSync('test').map((name) => `test/${name}`),
    'build.mjs',
    'budgets.mjs',
  ];
  const long = sources.flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .flatMap((line, index) => ([...line].length > 120 ? [`${file}:${index + 1}`] : [])),
  );
  assert.deepEqual(long, []);
});
