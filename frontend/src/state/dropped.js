// The file that was dropped on the page and not yet looked at. In memory only.
import { signal } from '@preact/signals';

export const dropped = signal(null);
