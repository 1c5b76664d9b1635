// The style of each status. Class names are written in full because Tailwind finds them in the source.

const STYLES = {
  pending: { icon: 'clock', badge: 'badge-pending', fill: 'fill-pending' },
  in_progress: { icon: 'run', badge: 'badge-running', fill: 'fill-running' },
  completed: { icon: 'check', badge: 'badge-completed', fill: 'fill-completed' },
  failed: { icon: 'cross', badge: 'badge-failed', fill: 'fill-failed' },
  cancelled: { icon: 'stop', badge: 'badge-cancelled', fill: 'fill-cancelled' },
  cancelling: { icon: 'stop', badge: 'badge-cancelled', fill: 'fill-cancelled' },
};
const UNKNOWN = { icon: 'dot', badge: 'badge-cancelled', fill: 'fill-cancelled' };

export const STATUSES = ['pending', 'in_progress', 'completed', 'failed', 'cancelled'];
export const styleOf = (status) => STYLES[status] ?? UNKNOWN;

/** A running job shows as "cancelling" from the request until its handler stops. */
export const displayStatus = (job) =>
  job.status === 'in_progress' && job.cancel_requested_at ? 'cancelling' : job.status;

export const canCancel = (job) =>
  job.status === 'pending' || (job.status === 'in_progress' && !job.cancel_requested_at);
export const canRetry = (job) => job.status === 'failed' || job.status === 'cancelled';
export const canMove = (job) => job.status === 'pending';
