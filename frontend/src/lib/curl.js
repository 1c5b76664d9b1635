// API calls as curl commands.
import { stringify } from './json.js';
import { bearer } from './session.js';

/** Closes the quotes, adds an escaped quote and reopens them: POSIX shells have no other way. */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The key itself is left out, because commands end up in chats, scripts and shell histories. */
const AUTHORIZATION = '  -H "Authorization: Bearer $KEY" \\';

export function createCurl(api, job) {
  const lines = [
    `curl -X POST ${quote(`${api}/jobs`)} \\`,
    bearer() && AUTHORIZATION,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quote(stringify(job, 2))}`,
  ];
  return lines.filter(Boolean).join('\n');
}

export const firstJobCurl = (api) =>
  createCurl(api, { type: 'email', payload: { to: 'you@example.com', subject: 'My first job', text: 'It works.' } });
