import { useEffect } from 'preact/hooks';

/** Runs `effect` when the component mounts, and the function it returns when the component unmounts. */
export function useMount(effect) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: later props must not run it again
  useEffect(effect, []);
}
