// The elements of a JSON array as text with the line each begins on, so that a fault can be found in the file again.

/** '[{"a":1},\n {"a":2}]' → [{text, line}], or null when the text is no array. Only brackets and strings matter here. */
export function elementsOf(text) {
  let place = text.search(/\S/);
  if (text[place] !== '[') return null;
  const found = [];
  let line = countLines(text, 0, place) + 1;
  let depth = 0;
  let start = -1;
  let startLine = line;
  const end = (at) => {
    if (start >= 0) found.push({ text: text.slice(start, at).trim(), line: startLine });
    start = -1;
  };
  for (; place < text.length; place++) {
    const letter = text[place];
    if (letter === '\n') line++;
    else if (letter === '"') {
      if (start < 0) [start, startLine] = [place, line];
      place = stringEnd(text, place);
    } else if (letter === '[' || letter === '{') {
      if (depth > 0 && start < 0) [start, startLine] = [place, line];
      depth++;
    } else if (letter === ']' || letter === '}') {
      depth--;
      if (depth === 0) {
        end(place);
        break;
      }
    } else if (letter === ',' && depth === 1) end(place);
    else if (depth === 1 && start < 0 && /\S/.test(letter)) [start, startLine] = [place, line];
  }
  return found;
}

/** Strings hold no raw line breaks in JSON, so the line count is not touched here. */
function stringEnd(text, from) {
  for (let place = from + 1; place < text.length; place++) {
    if (text[place] === '\\') place++;
    else if (text[place] === '"') return place;
  }
  return text.length;
}

function countLines(text, from, to) {
  let lines = 0;
  for (let place = text.indexOf('\n', from); place !== -1 && place < to; place = text.indexOf('\n', place + 1)) lines++;
  return lines;
}
