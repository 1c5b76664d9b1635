import { useState } from 'preact/hooks';
import { parse, stringify } from '../lib/json.js';
import { t } from '../lib/strings.js';
import { Dialog } from '../ui/Dialog.jsx';
import { updateRow, validateRow } from './state.js';

function read(row, text) {
  try {
    return validateRow({ ...row, job: parse(text), unreadable: undefined });
  } catch (error) {
    return { ...row, faults: [{ field: '', message: t('create.json.bad', { why: error.message }) }] };
  }
}

/** One row as JSON, validated on every input. */
export function Editor({ row, onClose }) {
  const [text, setText] = useState(() => (row.unreadable ? row.text : stringify(row.job, 2)));
  const validated = read(row, text);
  const save = (event) => {
    event.preventDefault();
    updateRow(row.line, { ...validated, skipped: false, edited: true });
    onClose();
  };
  const unreadable =
    validated.faults.some(({ field, message }) => field === '' && message) && validated.job === row.job;
  return (
    <Dialog title={t('import.edit', { line: row.line })} onClose={onClose}>
      <form onSubmit={save}>
        <textarea
          class="input mono json-area"
          rows={14}
          spellcheck={false}
          autofocus
          aria-label={t('create.json.field')}
          aria-invalid={validated.faults.length ? 'true' : undefined}
          aria-describedby="editor-faults"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <ul id="editor-faults" role="status">
          {validated.faults.map(({ field, message }) => (
            <li key={field} class="note error-text">
              <code>{field}</code> {message}
            </li>
          ))}
        </ul>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {t('cancel.dialog')}
          </button>
          <button type="submit" class="button button-primary" disabled={unreadable}>
            {t('import.edit.save')}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
