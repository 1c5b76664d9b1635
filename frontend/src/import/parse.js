// The text of a file → rows {line, job} or {line, unreadable}. Jobs are not validated here.
import { parse } from '../lib/json.js';
import { t } from '../lib/strings.js';
import { jobOfRow } from './csv.js';
import { elementsOf } from './elements.js';

/** json | ndjson | csv: by the file name, else by the start of the text. */
export function formatOf(name, text) {
  const [, ending] = /\.(json|ndjson|jsonl|csv|tsv)$/i.exec(name) ?? [];
  if (/^(ndjson|jsonl)$/i.test(ending)) return 'ndjson';
  if (/^(csv|tsv)$/i.test(ending)) return 'csv';
  if (/^\s*\[/.test(text)) return 'json';
  if (!/^\s*\{/.test(text)) return 'csv';
  return isOneDocument(text) ? 'json' : 'ndjson';
}

function isOneDocument(text) {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

const isObject = (value) => value !== null && typeof value === 'object' && !Array.isArray(value);

function readOne(text, line) {
  try {
    const job = parse(text);
    return isObject(job)
      ? { line, job }
      : { line, unreadable: t('invalid.type', { type: t('invalid.type.object') }), text };
  } catch (error) {
    return { line, unreadable: error.message, text };
  }
}

/** One job, a list of jobs, or an object with `items`, such as the response of GET /jobs. */
function readJson(text) {
  const elements = elementsOf(text);
  if (elements) {
    const whole = readOne(`{"items":${text}}`, 1); // detects a list without its closing bracket
    return whole.unreadable && elements.every((element) => !readOne(element.text, 1).unreadable)
      ? [{ line: 1, unreadable: whole.unreadable, text }]
      : elements.map((element) => readOne(element.text, element.line));
  }
  const row = readOne(text, 1);
  return Array.isArray(row.job?.items) ? row.job.items.map((job, index) => ({ line: index + 1, job })) : [row];
}

const readNdjson = (text) =>
  text
    .split('\n')
    .map((line, index) => ({ line: line.trim(), index }))
    .filter(({ line }) => line)
    .map(({ line, index }) => readOne(line, index + 1));

/** The most frequent separator of the first line; some locales export semicolons or tabs. */
function separatorOf(text) {
  const [head] = text.split('\n', 1);
  return [',', ';', '\t'].sort((a, b) => head.split(b).length - head.split(a).length)[0];
}

async function readCsv(text, options) {
  const { dsvFormat } = await import('d3-dsv');
  const data = dsvFormat(separatorOf(text)).parseRows(text);
  let line = 1;
  const rows = data.map((cells) => {
    const row = { cells, line };
    // Quoted cells may span lines.
    line += 1 + cells.reduce((breaks, cell) => breaks + (cell.match(/\n/g)?.length ?? 0), 0);
    return row;
  });
  const [head, ...body] = rows.filter(({ cells }) => cells.some((cell) => cell.trim()));
  const header = head?.cells.map((name) => name.trim()) ?? [];
  return body.map(({ cells, line: at }) => ({
    line: at,
    job: jobOfRow(header, cells, options),
    cells: { header, cells },
  }));
}

/** `options`: {types, defaultType, zone}. */
export async function readRows(name, text, options) {
  const clean = text.replace(/^\uFEFF/, '');
  const format = formatOf(name, clean);
  if (format === 'csv') return readCsv(clean, options);
  return format === 'json' ? readJson(clean) : readNdjson(clean);
}
