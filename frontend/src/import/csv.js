// CSV rows → jobs. A column is a field of the job, "payload" as JSON, "payload.x", or a field of the payload.
import { parse, toNumber } from '../lib/json.js';
import { fromWall } from '../lib/zone.js';
import { JOB_FIELDS } from '../schema/job.js';
import { follow, simplify } from '../schema/resolve.js';

const WALL = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(:\d\d)?$/;
const NUMERIC = new Set(['priority', 'max_retries', 'delay_seconds']);
const LIST_SEPARATOR = ';';

function parseOrText(text) {
  try {
    return parse(text);
  } catch {
    return text; // validation reports it
  }
}

/** Converts a cell to the type in the schema. Text that does not fit stays text, and validation reports it. */
function coerce(text, part, root) {
  const { schema, alternatives } = simplify(part ?? {}, root);
  if (/^\s*[[{]/.test(text) && (schema.type !== 'string' || alternatives.length)) return parseOrText(text);
  if (schema.type === 'integer' || schema.type === 'number') return toNumber(text.trim());
  if (schema.type === 'boolean')
    return { true: true, false: false, 1: true, 0: false, yes: true, no: false }[text.trim().toLowerCase()] ?? text;
  if (schema.type === 'array') return text.split(LIST_SEPARATOR).map((item) => coerce(item.trim(), schema.items, root));
  return text;
}

/** "2026-12-24 18:00" has no zone: it is read in the zone of the page. */
function momentOf(text, zone) {
  const [, date, time] = WALL.exec(text.trim()) ?? [];
  return date ? new Date(fromWall(`${date}T${time}`, zone).instant).toISOString() : text.trim();
}

function setPath(target, [name, ...rest], value) {
  if (rest.length === 0) {
    target[name] = value;
    return;
  }
  target[name] ??= {};
  setPath(target[name], rest, value);
}

const partAt = (schema, path) =>
  path.reduce((node, name) => node && simplify(node, schema).schema.properties?.[name], follow(schema, schema));

/** `header`: names; `cells`: texts of one row. An empty cell means "not given". */
export function jobOfRow(header, cells, { types, defaultType, zone }) {
  const value = (name) => cells[header.indexOf(name)]?.trim();
  const job = { type: value('type') || defaultType, payload: {} };
  const schema = types.find((type) => type.type === job.type)?.schema ?? {};
  header.forEach((name, index) => {
    const text = cells[index] ?? '';
    if (!name || name === 'type' || text.trim() === '') return;
    if (name === 'payload') Object.assign(job.payload, Object(parseOrText(text)));
    else if (NUMERIC.has(name)) job[name] = toNumber(text.trim());
    else if (name === 'scheduled_at') job.scheduled_at = momentOf(text, zone);
    else if (!JOB_FIELDS.includes(name)) {
      const path = name.replace(/^payload\./, '').split('.');
      setPath(job.payload, path, coerce(text, partAt(schema, path), schema));
    }
  });
  return job;
}
