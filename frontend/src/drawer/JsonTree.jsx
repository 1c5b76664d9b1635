import { isLosslessNumber } from 'lossless-json';
import { useState } from 'preact/hooks';
import { stringify } from '../lib/json.js';
import { t } from '../lib/strings.js';

const OPEN_DEPTH = 2;
const PAGE = 100; // entries of one level per "show more"
const MAX_LENGTH = 2000;

const isBranch = (value) => value !== null && typeof value === 'object' && !isLosslessNumber(value);

function toneOf(value) {
  if (typeof value === 'string') return 'json-string';
  return value === null || typeof value === 'boolean' ? 'json-word' : 'json-number';
}

function Leaf({ value }) {
  const text = stringify(value);
  const url = typeof value === 'string' && /^https?:\/\/[^\s]+$/.test(value) ? value : null;
  const shown = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  if (url)
    return (
      <a class="json-string link" href={url} target="_blank" rel="noopener noreferrer">
        {shown}
      </a>
    );
  return <span class={toneOf(value)}>{shown}</span>;
}

function Branch({ name, value, depth }) {
  const [limit, setLimit] = useState(PAGE);
  const [open, setOpen] = useState(depth < OPEN_DEPTH);
  const entries = Array.isArray(value) ? value.map((item, index) => [index, item]) : Object.entries(value);
  const count = t('tree.items', { n: entries.length });
  if (entries.length === 0)
    return (
      <div class="json-line">
        {name}
        <span class="faint">{Array.isArray(value) ? '[]' : '{}'}</span>
      </div>
    );
  return (
    <details
      open={open}
      onToggle={(event) => event.currentTarget === event.target && setOpen(event.currentTarget.open)}
    >
      <summary class="json-line">
        {name}
        <span class="faint">{Array.isArray(value) ? `[${count}]` : `{${count}}`}</span>
      </summary>
      {open && (
        <div class="json-inner">
          {entries.slice(0, limit).map(([key, item]) => (
            <Node key={key} name={key} value={item} depth={depth + 1} />
          ))}
          {entries.length > limit && (
            <button type="button" class="button button-quiet" onClick={() => setLimit(limit + PAGE)}>
              {t('tree.more', { n: Math.min(PAGE, entries.length - limit) })}
            </button>
          )}
        </div>
      )}
    </details>
  );
}

function Node({ name, value, depth }) {
  const label =
    name === undefined ? null : (
      <span class="json-key">
        {name}
        <span class="faint">: </span>
      </span>
    );
  if (isBranch(value)) return <Branch name={label} value={value} depth={depth} />;
  return (
    <div class="json-line">
      {label}
      <Leaf value={value} />
    </div>
  );
}

/** Any JSON value as a collapsible tree; numbers keep their original spelling. */
export const JsonTree = ({ value }) => (
  <div class="json">
    <Node value={value} depth={0} />
  </div>
);
