// The same call as a terminal would make it.
import { stringify } from './json.js';
import { bearer } from './session.js';

/** Single quotes end, an escaped one, and begin again: the only way a POSIX shell has. */
const quote = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** The key itself is never written out: a command is copied to chats, scripts and shell histories. */
const SIGNED = '  -H "Authorization: Bearer $KEY" \\';

export function createCurl(api, job) {
  const lines = [
    `curl -X POST ${quote(`${api}/jobs`)} \\`,
    bearer() && SIGNED,
    "  -H 'Content-Type: application/json' \\",
    `  -d ${quote(stringify(job, 2))}`,
  ];
  return lines.filter(Boolean).join('\n');
}

export const firstJobCurl = (api) =>
  createCurl(api, { type: 'email', payload: { to: 'you@example.com', subject: 'My first job', text: 'It works.' } });
