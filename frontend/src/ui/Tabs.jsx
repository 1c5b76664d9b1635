import { useId } from 'preact/hooks';

/** WAI-ARIA tabs: arrow keys move, only the selected tab is a tab stop. `tabs`: [[name, label]]. */
export function Tabs({ tabs, selected, choose, label, children }) {
  const id = useId();
  const handleKeyDown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const index = tabs.findIndex(([name]) => name === selected);
    choose(tabs[(index + step + tabs.length) % tabs.length][0]);
    const { currentTarget } = event;
    queueMicrotask(() => currentTarget.querySelector('[aria-selected="true"]')?.focus());
  };
  return (
    <>
      <div role="tablist" aria-label={label} class="segments" onKeyDown={handleKeyDown}>
        {tabs.map(([name, word]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            class="segment"
            aria-selected={name === selected}
            aria-controls={`${id}-panel`}
            tabIndex={name === selected ? 0 : -1}
            onClick={() => choose(name)}
          >
            {word}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${selected}`}>
        {children}
      </div>
    </>
  );
}
