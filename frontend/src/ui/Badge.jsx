import { faceOf, lookOf } from '../lib/statuses.js';
import { statusWord } from '../lib/strings.js';
import { Icon } from './Icon.jsx';

/** Icon, word and colour: never colour alone. */
export function Badge({ job }) {
  const face = faceOf(job);
  const { icon, badge } = lookOf(face);
  return (
    <span class={`badge ${badge}`}>
      <Icon name={icon} class={face === 'in_progress' ? 'turning' : ''} />
      {statusWord(face)}
    </span>
  );
}
