// The file that was dropped on the page and not yet opened.
import { signal } from '@preact/signals';

export const droppedFile = signal(null);
