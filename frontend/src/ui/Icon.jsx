// Line icons of 16 pixels. Decorative: the label is beside them or in the name of the control.
const PATHS = {
  clock: 'M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM8 5v3.2l2 1.3',
  run: 'M13.8 8A5.8 5.8 0 1 1 8 2.2',
  check: 'm3.4 8.6 3 3 6.2-7',
  cross: 'm4.2 4.2 7.6 7.6M11.8 4.2l-7.6 7.6',
  stop: 'M8 2.2a5.8 5.8 0 1 1 0 11.6A5.8 5.8 0 0 1 8 2.2ZM4 4l8 8',
  dot: 'M8 5.5a2.5 2.5 0 1 1 0 5 2.5 2.5 0 0 1 0-5Z',
  plus: 'M8 3v10M3 8h10',
  search: 'M7 2.8a4.2 4.2 0 1 1 0 8.4 4.2 4.2 0 0 1 0-8.4ZM10.2 10.2l3.3 3.3',
  filter: 'M2.5 4h11M4.5 8h7M6.5 12h3',
  columns: 'M2.5 3h11v10h-11zM6.2 3v10M9.9 3v10',
  up: 'M8 12.5v-9M4.5 7 8 3.5 11.5 7',
  down: 'M8 3.5v9M4.5 9 8 12.5 11.5 9',
  left: 'M10 3.5 5.5 8l4.5 4.5',
  right: 'M6 3.5 10.5 8 6 12.5',
  retry: 'M13 8a5 5 0 1 1-1.6-3.7M13 2.5v3h-3',
  calendar: 'M2.8 3.8h10.4v9.4H2.8zM2.8 6.8h10.4M5.5 2.3v2.5M10.5 2.3v2.5',
  copy: 'M5.5 5.5h7.7v7.7H5.5zM10.5 5.5V2.8H2.8v7.7h2.7',
  command:
    'M5.5 5.5h5v5h-5zM5.5 5.5H4.2a1.7 1.7 0 1 1 1.3-1.3v8' +
    'a1.7 1.7 0 1 1-1.3-1.7h8a1.7 1.7 0 1 1-1.7 1.3v-8a1.7 1.7 0 1 1 1.7 1.3z',
  gear: 'M3 4.5h5.5M11.5 4.5H13M3 11.5h1.5M7.5 11.5H13M10 3v3M6 10v3',
  file: 'M4 2.2h5l3 3v8.6H4zM9 2.2v3h3',
  warn: 'M8 2.5 14 13H2zM8 6.5v3M8 11.2v.3',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  person: 'M8 2.5a2.8 2.8 0 1 1 0 5.6 2.8 2.8 0 0 1 0-5.6ZM2.8 13.8a5.2 5.2 0 0 1 10.4 0',
  lock: 'M3.8 7h8.4v6.5H3.8zM5.6 7V5a2.4 2.4 0 1 1 4.8 0v2',
  edit: 'M3 13l.6-2.8 7-7 2.2 2.2-7 7L3 13Z',
};

export function Icon({ name, class: extra = '' }) {
  return (
    <svg class={`icon ${extra}`} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      <path d={PATHS[name] ?? PATHS.dot} />
    </svg>
  );
}
