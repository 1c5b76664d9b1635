// Lossless JSON: 9007199254740993 and 1.10 keep their original text.
import {
  isLosslessNumber,
  LosslessNumber,
  parse as parseLossless,
  stringify as stringifyLossless,
} from 'lossless-json';

/** A number that JavaScript can represent exactly stays a number; any other keeps its text. */
const toLossless = (text) => (String(Number(text)) === text ? Number(text) : new LosslessNumber(text));

export const parse = (text) => parseLossless(text, undefined, toLossless);
export const stringify = (value, indent) => stringifyLossless(value, undefined, indent);
export const isNumber = (value) => typeof value === 'number' || isLosslessNumber(value);

/** The number, or the text itself if it is not a number. */
export function toNumber(text) {
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? toLossless(text) : text;
}

/** The value with plain numbers, for comparison and validation; never for sending or showing. */
export function plain(value) {
  if (isLosslessNumber(value)) return Number(value.value);
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}
