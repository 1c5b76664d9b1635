import { KEYMAP } from '../lib/keys.js';
import { t } from '../lib/strings.js';
import { Dialog } from '../ui/Dialog.jsx';

export default function Help({ onClose }) {
  return (
    <Dialog title={t('help')} onClose={onClose}>
      <dl class="gap-x-8 sm:columns-2">
        {KEYMAP.map(([keys, name, view]) => (
          <div
            key={name + (view ?? '')}
            class="flex min-h-8 break-inside-avoid items-center justify-between gap-3 py-0.5"
          >
            <dt class="muted">{t(name, { view: view && t(`view.${view}`) })}</dt>
            <dd class="flex shrink-0 gap-1">
              {keys.map((key) => (
                <kbd key={key} class="kbd">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
