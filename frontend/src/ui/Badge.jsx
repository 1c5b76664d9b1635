import { displayStatus, styleOf } from '../lib/statuses.js';
import { statusLabel } from '../lib/strings.js';
import { Icon } from './Icon.jsx';

/** Icon, label and colour: never colour alone. */
export function Badge({ job }) {
  const face = displayStatus(job);
  const { icon, badge } = styleOf(face);
  return (
    <span class={`badge ${badge}`}>
      <Icon name={icon} class={face === 'in_progress' ? 'turning' : ''} />
      {statusLabel(face)}
    </span>
  );
}
