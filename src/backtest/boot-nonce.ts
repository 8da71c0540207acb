import { createHash } from 'node:crypto';
import type { Assembly } from '../config/assembly.ts';

const NONCE_LENGTH = 10;
const NONCES = 36n ** BigInt(NONCE_LENGTH);

/**
 * The boot nonce of a backtest: ten characters `[a-z0-9]` that follow from configuration, data and
 * seed, so that the same run has the same order ids everywhere and two runs do not share them.
 */
export function backtestNonce({ configHash, market, seed }: Assembly): string {
  const text = [configHash, market.fingerprint, String(seed)].join('\n');
  const digest = createHash('sha256').update(text).digest('hex');
  return (BigInt(`0x${digest}`) % NONCES).toString(36).padStart(NONCE_LENGTH, '0');
}
