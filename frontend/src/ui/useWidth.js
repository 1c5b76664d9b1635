import { useRef, useState } from 'preact/hooks';
import { useMount } from './useMount.js';

/** → [ref, width in pixels] of the element with the ref. */
export function useWidth() {
  const ref = useRef(null);
  const [width, setWidth] = useState(600);
  useMount(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(ref.current);
    return () => observer.disconnect();
  });
  return [ref, width];
}
