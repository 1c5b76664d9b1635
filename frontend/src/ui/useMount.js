import { useEffect } from 'preact/hooks';

/** Runs `effect` once, when the component appears, and the function that it returns when the component goes. */
export function useMount(effect) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the props of the first render are the ones that count
  useEffect(effect, []);
}
