// JSON that keeps every number as it was written: 9007199254740993 and 1.10 come back as the same text.
import {
  isLosslessNumber,
  LosslessNumber,
  parse as parseLossless,
  stringify as stringifyLossless,
} from 'lossless-json';

/** A number whose text survives JavaScript stays a number; any other is kept as its text. */
const keep = (text) => (String(Number(text)) === text ? Number(text) : new LosslessNumber(text));

export const parse = (text) => parseLossless(text, undefined, keep);
export const stringify = (value, indent) => stringifyLossless(value, undefined, indent);
export const isNumber = (value) => typeof value === 'number' || isLosslessNumber(value);

/** A typed number, or the text itself when it is none. */
export function toNumber(text) {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? keep(text) : text;
}

/** The same value with ordinary numbers, for code that compares and validates; never for what is sent or shown. */
export function plain(value) {
  if (isLosslessNumber(value)) return Number(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
