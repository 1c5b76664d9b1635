import { effect } from '@preact/signals';
import { addStrings, t } from '../lib/strings.js';
import { droppedFile } from '../state/droppedFiles.js';
import { useMount } from '../ui/useMount.js';
import { Choose } from './Choose.jsx';
import { Preview } from './Preview.jsx';
import { Finished, Sending } from './Progress.jsx';
import { file, openFile, phase } from './state.js';
import { en } from './strings.en.js';

addStrings(en);
const Reading = () => (
  <p class="empty" role="status">
    {t('import.reading', { name: file.value?.name })}
  </p>
);
const PHASES = { choose: Choose, reading: Reading, preview: Preview, sending: Sending, finished: Finished };

function openDropped() {
  const upload = droppedFile.value;
  if (!upload || phase.peek() === 'sending') return;
  droppedFile.value = null;
  openFile(upload);
}

export default function Import() {
  useMount(() => effect(openDropped));
  const Phase = PHASES[phase.value];
  return (
    <>
      <div class="page-head">
        <h1 class="text-lg font-semibold tracking-tight">{t('import.title')}</h1>
      </div>
      <Phase />
    </>
  );
}
