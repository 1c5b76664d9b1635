// Splits a JSON array into its elements with their line numbers, so that faults can refer to lines of the file.

const OPENING = new Set('[{');
const CLOSING = new Set(']}');

/** '[{"a":1},\n {"a":2}]' → [{text, line}], or null for other text. Only looks at brackets, commas and strings. */
export function elementsOf(text) {
  const opening = text.search(/\S/);
  if (text[opening] !== '[') return null;
  let line = 1;
  let counted = 0;
  return rangesOf(text, opening + 1).map(([start, end]) => {
    line += countLines(text, counted, start);
    counted = start;
    return { text: text.slice(start, end).trim(), line };
  });
}

/** → [[start, end]] of the elements of an array. `from`: the position after its opening bracket. */
function rangesOf(text, from) {
  const ranges = [];
  let start = null;
  let depth = 1;
  for (let index = from; depth > 0 && index < text.length; index++) {
    const letter = text[index];
    if (CLOSING.has(letter)) depth--;
    if (depth === 0 || (depth === 1 && letter === ',')) {
      ranges.push([start, index]);
      start = null;
    } else if (/\S/.test(letter)) start ??= index;
    if (OPENING.has(letter)) depth++;
    if (letter === '"') index = stringEnd(text, index);
  }
  return ranges.filter(([first]) => first !== null);
}

/** The position of the closing quote of the string that starts at `from`. */
function stringEnd(text, from) {
  for (let index = from + 1; index < text.length; index++) {
    if (text[index] === '\\') index++;
    else if (text[index] === '"') return index;
  }
  return text.length;
}

function countLines(text, from, to) {
  let lines = 0;
  for (let index = text.indexOf('\n', from); index !== -1 && index < to; index = text.indexOf('\n', index + 1)) lines++;
  return lines;
}
