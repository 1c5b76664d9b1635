// GET /me: loaded after the first rows, after a sign-in, and when the API rejects a call because of the role.
import { call } from '../lib/api.js';
import { setCurrentUser } from '../lib/session.js';

export async function loadCurrentUser() {
  try {
    setCurrentUser((await call('/me')).data);
  } catch {
    // the user stays unknown and all controls are offered; a 401 has already opened the sign-in page
  }
}
