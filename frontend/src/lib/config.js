// config.json beside index.html says where the API is, so that one build serves any deployment.

/** {"api": "https://…" or "" for the page's own origin} → the address without a trailing slash. */
export async function loadConfig() {
  const answer = await fetch('./config.json'); // index.html has it preloaded, and the request must be the same
  if (!answer.ok) return { api: '' };
  const { api = '', ...rest } = await answer.json();
  return { ...rest, api: api.replace(/\/+$/, '') };
}

/** The page's own policy must allow any API; once the address is known, a second one closes all others. */
export function lockConnections(api) {
  const meta = document.createElement('meta');
  meta.httpEquiv = 'Content-Security-Policy';
  meta.content = `connect-src 'self' ${api ? new URL(api, location.href).origin : ''}`.trim();
  document.head.append(meta);
}
