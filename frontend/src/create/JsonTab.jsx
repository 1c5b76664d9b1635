import { useState } from 'preact/hooks';
import { parse, stringify } from '../lib/json.js';
import { t } from '../lib/strings.js';
import { changeDraft, draft, faults } from './draft.js';

function read(text) {
  const value = parse(text);
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw new SyntaxError(t('invalid.type', { type: t('invalid.type.object') }));
  return value;
}

/** The draft as text. While the text is no JSON the draft stays as it was, and the reason is said. */
export function JsonTab() {
  const [text, setText] = useState(() => stringify(draft.peek(), 2));
  const [parseError, setParseError] = useState(null);
  const handleInput = (event) => {
    setText(event.currentTarget.value);
    try {
      changeDraft(read(event.currentTarget.value));
      setParseError(null);
    } catch (error) {
      setParseError(error.message);
    }
  };
  return (
    <div class="space-y-2">
      <textarea
        class="input mono json-area"
        rows={16}
        spellcheck={false}
        aria-label={t('create.json.field')}
        aria-invalid={parseError ? 'true' : undefined}
        aria-describedby="json-faults"
        value={text}
        onInput={handleInput}
      />
      <div id="json-faults" role="status">
        {parseError && <p class="note error-text">{t('create.json.bad', { why: parseError })}</p>}
        {!parseError &&
          faults.value.map(({ field, message }) => (
            <p key={field} class="note error-text">
              <code>{field}</code> {message}
            </p>
          ))}
      </div>
    </div>
  );
}
