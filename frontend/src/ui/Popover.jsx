import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { useMount } from './useMount.js';

/** Puts the panel below the button, or as close to it as fits in the window. */
function place({ style, offsetWidth: width, offsetHeight: height }, box, align) {
  const left = align === 'end' ? box.right - width : box.left;
  const below = box.bottom + 6;
  const top = below + height > innerHeight ? Math.min(below, innerHeight - height - 8) : below;
  style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
  style.top = `${Math.max(8, top)}px`;
}

/** A button that opens a panel. The Popover API closes it on Esc and on a click elsewhere. */
export function Popover({ label, name, buttonClass = 'button', children, align = 'start' }) {
  const id = useId();
  const button = useRef(null);
  const panel = useRef(null);
  const [open, setOpen] = useState(false);

  useMount(() => {
    const { current } = panel;
    const toggled = (event) => setOpen(event.newState === 'open');
    current.addEventListener('toggle', toggled);
    return () => current.removeEventListener('toggle', toggled);
  });
  useEffect(() => {
    if (!open) return;
    place(panel.current, button.current.getBoundingClientRect(), align);
    panel.current.querySelector('input, select, button, [tabindex]')?.focus();
  }, [open, align]);

  const close = () => {
    panel.current.hidePopover();
    button.current.focus();
  };
  return (
    <>
      <button
        ref={button}
        type="button"
        class={buttonClass}
        popovertarget={id}
        aria-expanded={open}
        aria-label={name}
        title={name}
      >
        {label}
      </button>
      <div ref={panel} id={id} popover="auto" class="popover" role="group" aria-label={name}>
        {open && (typeof children === 'function' ? children(close) : children)}
      </div>
    </>
  );
}
