// Identifies a file by its text, so that the same file is recognised when it is imported again.

const SEEDS = [0x811c9dc5, 0x01000193, 0x9e3779b9, 0x85ebca6b];
const PRIME = 0x01000193;

/**
 * 128 bits of FNV-1a over the text, and its length. Not cryptographic: crypto.subtle is missing on plain-HTTP pages,
 * and a collision could only mislead the owner of both files.
 */
export function fingerprint(text) {
  const lanes = [...SEEDS];
  for (let index = 0; index < text.length; index++) {
    const lane = index & 3;
    lanes[lane] = Math.imul(lanes[lane] ^ text.charCodeAt(index), PRIME);
  }
  // Each lane hashes every fourth character; mixing makes every digit depend on all of them.
  const mixed = lanes.map((lane, index) => Math.imul(lane ^ (lanes[(index + 1) & 3] >>> 15), SEEDS[3]) >>> 0);
  return [...mixed, text.length].map((part) => part.toString(16).padStart(8, '0')).join('');
}
