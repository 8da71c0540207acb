import { randomInt } from 'node:crypto';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const LENGTH = 10;

/** A nonce for one start: nobody has used it, and nobody can guess it (X4). */
export function drawNonce(): string {
  const letter = (): string => ALPHABET.charAt(randomInt(ALPHABET.length));
  return Array.from({ length: LENGTH }, letter).join('');
}
