// Chooses a control for each part of a schema.
import { simplify } from './resolve.js';

const SCALARS = new Set(['string', 'integer', 'number', 'boolean']);
const LONG_TEXT = /^(text|html|body|markdown|message|content)$/;
const LONG_TEXT_LENGTH = 300; // a text field gets several lines if its maxLength is ten times this

function textKind(name, schema) {
  if (schema.format === 'date-time') return 'moment';
  if (LONG_TEXT.test(name) || (schema.maxLength ?? 0) > LONG_TEXT_LENGTH * 10) return 'text';
  return 'string';
}

function arrayKind({ schema: item, alternatives }) {
  if (alternatives.length === 0 && SCALARS.has(item.type) && item.type !== 'boolean') return 'lines';
  return item.type === 'object' && item.properties ? 'list' : 'json';
}

function kindOf(name, schema, alternatives, root) {
  if (schema.enum || schema.const !== undefined) return 'choice';
  if (alternatives.length) return alternatives.some((branch) => branch.type === 'string') ? 'loose' : 'json';
  if (schema.type === 'string') return textKind(name, schema);
  if (SCALARS.has(schema.type)) return schema.type;
  if (schema.type === 'object' && schema.properties) return 'object';
  return schema.type === 'array' && schema.items ? arrayKind(simplify(schema.items, root)) : 'json';
}

const titleOf = (name) => name.replaceAll('_', ' ').replace(/^./, (letter) => letter.toUpperCase());

/**
 * → {name, title, help, required, nullable, kind, schema, fallback, example}. kind: string, text, moment, integer,
 * number, boolean, choice, lines (of scalars), object, list (of objects), loose (text or JSON), json.
 */
function fieldOf(name, part, required, root) {
  const { schema, nullable, alternatives } = simplify(part, root);
  const kind = kindOf(name, schema, alternatives, root);
  return {
    name,
    title: part.title ?? titleOf(name),
    help: schema.description ?? '',
    required,
    nullable,
    kind,
    schema,
    fallback: schema.default,
    example: part.examples?.[0] ?? schema.examples?.[0],
  };
}

/** ["lines", "0", "unit_price"] → "Lines 1 Unit price", by the titles shown in the form. */
export function labelOf([name, ...inner], part, root) {
  const { schema } = simplify(part, root);
  const next = schema.properties?.[name] ?? schema.items ?? {};
  const own = Number.isNaN(Number(name)) ? (next.title ?? titleOf(name)) : Number(name) + 1;
  return inner.length ? `${own} ${labelOf(inner, next, root)}` : String(own);
}

/** The fields of an object schema, required ones first. */
export function fieldsOf(part, root) {
  const { schema } = simplify(part, root);
  const required = new Set(schema.required ?? []);
  const fields = Object.entries(schema.properties ?? {}).map(([name, inner]) =>
    fieldOf(name, inner, required.has(name), root),
  );
  return [...fields.filter((field) => field.required), ...fields.filter((field) => !field.required)];
}
