import { useEffect, useId, useRef, useState } from 'preact/hooks';

/** A button and what it opens beside itself: the Popover API closes it on Esc and on a click elsewhere. */
export function Popover({ label, name, buttonClass = 'button', children, align = 'start' }) {
  const id = useId();
  const button = useRef(null);
  const panel = useRef(null);
  const [open, setOpen] = useState(false);

  const place = () => {
    const at = button.current.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = panel.current;
    const wish = align === 'end' ? at.right - width : at.left;
    const below = at.bottom + 6;
    panel.current.style.left = `${Math.max(8, Math.min(wish, innerWidth - width - 8))}px`;
    panel.current.style.top = `${Math.max(8, below + height > innerHeight ? Math.min(below, innerHeight - height - 8) : below)}px`;
  };

  useEffect(() => {
    const { current } = panel;
    const toggled = (event) => setOpen(event.newState === 'open');
    current.addEventListener('toggle', toggled);
    return () => current.removeEventListener('toggle', toggled);
  }, []);
  useEffect(() => {
    if (!open) return;
    place();
    panel.current.querySelector('input, select, button, [tabindex]')?.focus();
  }, [open]);

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
