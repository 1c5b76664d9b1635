// GET /me: asked after the first rows are there, after a sign-in, and when the API refuses something for want of a role.
import { call } from '../lib/api.js';
import { meet } from '../lib/session.js';

export async function learnWho() {
  try {
    meet((await call('/me')).data);
  } catch {
    // who it is stays unknown, and every control is offered; a 401 has led to the sign-in page already
  }
}
