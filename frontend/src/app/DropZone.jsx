import { useState } from 'preact/hooks';
import { hasRole, signedOut } from '../lib/session.js';
import { t } from '../lib/strings.js';
import { visit } from '../lib/urlstate.js';
import { droppedFile } from '../state/droppedFiles.js';
import { useMount } from '../ui/useMount.js';

const hasFiles = (event) => event.dataTransfer?.types.includes('Files');

/** Imports a file dropped anywhere on the page; by default the browser would open it. */
export function DropZone() {
  const [over, setOver] = useState(false);
  useMount(() => {
    let depth = 0;
    const count = (step) => (event) => {
      if (!hasFiles(event)) return;
      depth = Math.max(0, depth + step);
      setOver(depth > 0);
    };
    const accept = (event) => hasFiles(event) && event.preventDefault();
    const drop = (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      depth = 0;
      setOver(false);
      if (signedOut.peek()) return;
      if (hasRole('operator')) droppedFile.value = event.dataTransfer.files[0] ?? null;
      visit('?view=import');
    };
    const listeners = { dragenter: count(1), dragleave: count(-1), dragover: accept, drop };
    for (const [name, listener] of Object.entries(listeners)) addEventListener(name, listener);
    return () => {
      for (const [name, listener] of Object.entries(listeners)) removeEventListener(name, listener);
    };
  });
  return (
    over &&
    hasRole('operator') &&
    !signedOut.value && (
      <div class="drop-veil" aria-hidden="true">
        <div class="drop-frame">{t('import.drop')}</div>
      </div>
    )
  );
}
