import { useId } from 'preact/hooks';

/** Tabs by the book: arrow keys walk, only the chosen one is in the Tab order. `tabs`: [[name, word]]. */
export function Tabs({ tabs, chosen, choose, label, children }) {
  const id = useId();
  const walk = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const place = tabs.findIndex(([name]) => name === chosen);
    choose(tabs[(place + step + tabs.length) % tabs.length][0]);
    const { currentTarget } = event;
    queueMicrotask(() => currentTarget.querySelector('[aria-selected="true"]')?.focus());
  };
  return (
    <>
      <div role="tablist" aria-label={label} class="segments" onKeyDown={walk}>
        {tabs.map(([name, word]) => (
          <button
            key={name}
            type="button"
            role="tab"
            id={`${id}-${name}`}
            class="segment"
            aria-selected={name === chosen}
            aria-controls={`${id}-panel`}
            tabIndex={name === chosen ? 0 : -1}
            onClick={() => choose(name)}
          >
            {word}
          </button>
        ))}
      </div>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${chosen}`}>
        {children}
      </div>
    </>
  );
}
