import { Dialog } from '../components/Dialog.jsx';
import { KEYMAP } from '../lib/keys.js';
import { t } from '../lib/strings.js';

export default function Help({ onClose }) {
  return (
    <Dialog title={t('help')} onClose={onClose}>
      <dl class="grid gap-x-8 gap-y-1.5 sm:grid-cols-2">
        {KEYMAP.map(([keys, name, view]) => (
          <div key={name + (view ?? '')} class="flex min-h-7 items-center justify-between gap-3">
            <dt class="muted">{t(name, { view: view && t(`view.${view}`) })}</dt>
            <dd class="flex shrink-0 gap-1">{keys.map((key) => <kbd key={key} class="kbd">{key}</kbd>)}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
