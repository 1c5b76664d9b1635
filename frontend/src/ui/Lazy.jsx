import { useEffect, useState } from 'preact/hooks';
import { t } from '../lib/strings.js';

const loaded = new Map();

/** A part of the page that is loaded on first use. `load`: a stable function that calls import(). */
export function Lazy({ load, ...props }) {
  const [Part, setPart] = useState(() => loaded.get(load));
  useEffect(() => {
    if (Part) return;
    load().then((module) => {
      loaded.set(load, module.default);
      setPart(() => module.default);
    });
  }, [Part, load]);
  return Part ? (
    <Part {...props} />
  ) : (
    <p class="sr-only" role="status">
      {t('loading')}
    </p>
  );
}
