import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { t } from '../lib/strings.js';
import { Dialog } from '../ui/Dialog.jsx';
import { Icon } from '../ui/Icon.jsx';
import { useMount } from '../ui/useMount.js';
import { commandsFor } from './commands.js';

/** A WAI-ARIA combobox: the focus stays in the box, the arrow keys move the active option. */
export default function Palette({ onClose }) {
  const id = useId();
  const list = useRef(null);
  const box = useRef(null);
  const [text, setText] = useState('');
  const [place, setPlace] = useState(0);
  const commands = commandsFor(text);
  const active = Math.min(place, commands.length - 1);

  useMount(() => box.current.focus());
  useEffect(() => list.current.children[active]?.scrollIntoView({ block: 'nearest' }), [active]);

  const run = (command) => {
    if (command.stay) onClose();
    command.run();
  };
  const handleKeyDown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) setPlace((active + step + commands.length) % commands.length);
    else if (event.key === 'Enter' && commands[active]) run(commands[active]);
    else return;
    event.preventDefault();
  };
  return (
    <Dialog title={t('palette')} onClose={onClose}>
      <div class="search w-full">
        <Icon name="search" />
        <input
          ref={box}
          class="input"
          role="combobox"
          aria-expanded="true"
          aria-controls={`${id}-list`}
          aria-activedescendant={`${id}-${active}`}
          aria-label={t('palette.hint')}
          placeholder={t('palette.hint')}
          autocomplete="off"
          spellcheck={false}
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setPlace(0);
          }}
          onKeyDown={handleKeyDown}
        />
      </div>
      <div ref={list} id={`${id}-list`} role="listbox" aria-label={t('palette')} class="palette-list">
        {commands.map((command, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox handles the keys
          <div
            key={command.label}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === active}
            class="palette-option"
            onClick={() => run(command)}
            onPointerMove={() => setPlace(index)}
          >
            {command.label}
          </div>
        ))}
      </div>
    </Dialog>
  );
}
