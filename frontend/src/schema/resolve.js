// Resolves references and alternatives in JSON schemas written by pydantic.

const JS_TYPE = {
  string: 'string',
  integer: 'number',
  number: 'number',
  boolean: 'boolean',
  array: 'array',
  object: 'object',
  null: 'null',
};
const MAX_DEPTH = 24; // stops at schemas that refer to themselves

function typeOf(value) {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

/** Follows $ref and a lone allOf; keywords beside them (title, default, description) take precedence. */
export function follow(schema, root, depth = 0) {
  if (typeof schema !== 'object' || schema === null || depth > MAX_DEPTH) return {};
  const { $ref, allOf, ...beside } = schema;
  if ($ref?.startsWith('#/')) {
    const target = $ref
      .slice(2)
      .split('/')
      .reduce((node, name) => node?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], root);
    return { ...follow(target, root, depth + 1), ...beside };
  }
  if (allOf?.length === 1) return { ...follow(allOf[0], root, depth + 1), ...beside };
  return schema;
}

const branchesOf = (schema) => schema.anyOf ?? schema.oneOf ?? null;
const isNull = (schema) => schema.type === 'null';

/** "X or null" → {schema: X, nullable: true}. Other alternatives stay in `alternatives`. */
export function simplify(schema, root) {
  const followed = follow(schema, root);
  const branches = branchesOf(followed)?.map((branch) => follow(branch, root));
  if (!branches) return { schema: followed, nullable: false, alternatives: [] };
  const real = branches.filter((branch) => !isNull(branch));
  const nullable = real.length < branches.length;
  const { anyOf, oneOf, ...beside } = followed;
  if (real.length === 1) return { schema: { ...real[0], ...beside }, nullable, alternatives: [] };
  return { schema: beside, nullable, alternatives: real };
}

const types = (schema) => [schema.type ?? []].flat().map((name) => JS_TYPE[name]);

/** The only alternative for a value of this type, if there is just one: faults then refer to it alone. */
function branchFor(schema, value, root) {
  const branches = branchesOf(schema)?.map((branch) => follow(branch, root));
  const fitting = branches?.filter((branch) => types(branch).includes(typeOf(value)));
  if (fitting?.length !== 1) return schema;
  const { anyOf, oneOf, ...beside } = schema;
  return { ...beside, ...fitting[0] };
}

function narrowObject(schema, value, narrow) {
  const narrowed = { ...schema };
  const known = schema.properties ?? {};
  if (schema.properties) {
    const parts = Object.entries(known).map(([name, part]) => [name, name in value ? narrow(part, value[name]) : true]);
    narrowed.properties = Object.fromEntries(parts);
  }
  if (typeof schema.additionalProperties === 'object') {
    const others = Object.keys(value).filter((name) => !(name in known));
    const parts = others.map((name) => [name, narrow(schema.additionalProperties, value[name])]);
    narrowed.properties = { ...narrowed.properties, ...Object.fromEntries(parts) };
    delete narrowed.additionalProperties;
  }
  return narrowed;
}

function narrowArray({ items, ...own }, value, narrow) {
  return value.length ? { ...own, prefixItems: value.map((item) => narrow(items, item)) } : own;
}

/** The schema for this one value: without references and without alternatives of other types. */
export function narrowTo(schema, value, root, depth = 0) {
  if (depth > MAX_DEPTH) return {};
  const { $defs, discriminator, ...own } = branchFor(follow(schema, root), value, root);
  const narrow = (part, item) => (typeof part === 'object' ? narrowTo(part, item, root, depth + 1) : part);
  if (own.items && Array.isArray(value)) return narrowArray(own, value, narrow);
  // Some types accept a single value in place of a list ("to" of an e-mail). The API decides which do.
  if (own.items && own.type === 'array' && ['string', 'number'].includes(typeOf(value)))
    return narrow(own.items, value);
  return typeOf(value) === 'object' ? narrowObject(own, value, narrow) : own;
}
