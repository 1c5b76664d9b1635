import { useRef } from 'preact/hooks';
import { t } from '../lib/strings.js';
import { labelOf } from '../schema/fields.js';
import { types } from '../state/types.js';
import { useMount } from '../ui/useMount.js';
import { draft, visibleFaults } from './draft.js';

const WHOLE_JOB = new Set(['payload', 'body']); // a rule about several fields belongs to no single control

const LABELS = new Map([
  ['type', 'create.type'],
  ['priority', 'create.priority'],
  ['max_retries', 'create.max_retries'],
  ['scheduled_at', 'create.when'],
  ['delay_seconds', 'create.when'],
]);

/** The label of a field in the form: "payload.to" → "To", "max_retries" → "Retries". */
function nameOf(path) {
  const [first, ...inner] = path.split('.');
  const { schema } = types.value.find(({ type }) => type === draft.value.type) ?? {};
  if (first === 'payload') return labelOf(inner, schema ?? {}, schema);
  return LABELS.has(path) ? t(LABELS.get(path)) : path;
}

/** Names the first faults, including those of fields that the form has no control for. */
function FaultSummary() {
  const visible = visibleFaults.value;
  if (visible.size === 0) return null;
  const names = [...visible].slice(0, 3).map(([path, message]) => (WHOLE_JOB.has(path) ? message : nameOf(path)));
  return (
    <p class="mr-auto text-[13px] error-text" role="alert">
      {t('create.faults', { n: visible.size })}: {names.join(', ')}
    </p>
  );
}

/** Asks in the footer, so that the user still sees the input that would be lost. */
export function ConfirmDiscard({ onKeep, onDiscard }) {
  const keep = useRef(null);
  useMount(() => keep.current.focus());
  return (
    <>
      <p class="mr-auto" role="alert">
        {t('create.leave')}
      </p>
      <button ref={keep} type="button" class="button" onClick={onKeep}>
        {t('create.leave.stay')}
      </button>
      <button type="button" class="button button-danger-solid" onClick={onDiscard}>
        {t('create.leave.go')}
      </button>
    </>
  );
}

export function Submit({ disabled, keepOpen, onCancel }) {
  return (
    <>
      <FaultSummary />
      <label class="check text-[13px]">
        <input
          type="checkbox"
          checked={keepOpen.value}
          onChange={(event) => {
            keepOpen.value = event.currentTarget.checked;
          }}
        />
        {t('create.another')}
      </label>
      <button type="button" class="button" onClick={onCancel}>
        {t('cancel.dialog')}
      </button>
      <button type="submit" class="button button-primary" disabled={disabled}>
        {t('create.go')}
      </button>
    </>
  );
}
