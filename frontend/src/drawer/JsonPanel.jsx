import { useState } from 'preact/hooks';
import { stringify } from '../lib/json.js';
import { t } from '../lib/strings.js';
import { CopyButton } from '../ui/CopyButton.jsx';
import { JsonTree } from './JsonTree.jsx';

export function JsonPanel({ title, value }) {
  const [raw, setRaw] = useState(false);
  return (
    <section class="panel">
      <header class="panel-head">
        <h3 class="heading">{title}</h3>
        <div class="flex items-center gap-1">
          <button type="button" class="button button-quiet" aria-pressed={raw} onClick={() => setRaw(!raw)}>
            {raw ? t('job.tree') : t('job.raw')}
          </button>
          <CopyButton text={() => stringify(value, 2)} label={`${t('copy')}: ${title}`} quiet />
        </div>
      </header>
      {raw ? (
        <pre class="code" tabIndex={0}>
          {stringify(value, 2)}
        </pre>
      ) : (
        <JsonTree value={value} />
      )}
    </section>
  );
}
