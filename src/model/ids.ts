import { assert } from './assert.ts';
import type { OrderHandle } from './units.ts';

/** Letters and digits that every venue accepts in a client order id. */
const PREFIX = /^[A-Za-z0-9]{1,8}$/;
const NONCE = /^[a-z0-9]{10}$/;
const NONCE_LENGTH = 10;
const CLIENT_ORDER_ID_LENGTH_MAX = 32;

/** One start of the engine: its random nonce, and the last handle that was used before it (X4). */
export interface Boot {
  nonce: string;
  handleBefore: OrderHandle;
}

export function isEnginePrefix(text: string): boolean {
  return PREFIX.test(text);
}

export function isBootNonce(text: string): boolean {
  return NONCE.test(text);
}

/**
 * The id that the broker sees (X4): engine prefix, boot nonce, counter since that boot, base 36.
 * Letters and digits only, at most 32 characters.
 */
export function clientOrderId(prefix: string, boot: Boot, handle: OrderHandle): string {
  const counter = handle - boot.handleBefore;
  assert(counter > 0, `order ${handle} was not issued in this boot`);
  const id = `${prefix}${boot.nonce}${counter.toString(36)}`;
  assert(id.length <= CLIENT_ORDER_ID_LENGTH_MAX, `client order id too long: ${id}`);
  return id;
}

/**
 * Id of an order that `tiyf rescue` sends: of a form that no engine issues, so that to every engine
 * it is a stranger's, adopted as external, and never its own nor its twin's (X4). The letter at the
 * end makes it so, for every prefix.
 */
export function rescueOrderId(prefix: string, nonce: string, count: number): string {
  const id = `${prefix}${nonce}${count.toString(36)}R`;
  assert(id.length <= CLIENT_ORDER_ID_LENGTH_MAX, `client order id too long: ${id}`);
  return id;
}

/** Takes a client order id apart, or `undefined` when it is not of this engine's form. */
export function parseClientOrderId(
  prefix: string,
  id: string,
): { readonly nonce: string; readonly counter: number } | undefined {
  const counterAt = prefix.length + NONCE_LENGTH;
  if (!id.startsWith(prefix) || id.length <= counterAt) return undefined;
  const nonce = id.slice(prefix.length, counterAt);
  const digits = id.slice(counterAt);
  if (!NONCE.test(nonce) || !/^[a-z0-9]{1,10}$/.test(digits)) return undefined;
  const counter = Number.parseInt(digits, 36);
  return counter > 0 && counter.toString(36) === digits ? { nonce, counter } : undefined;
}

/**
 * The printed decision id: `cross/EURUSD/17`. What the engine decides for a strategy has negative
 * numbers, printed `cross/EURUSD/engine-3`.
 */
export function decisionId(strategyId: string, symbol: string, number: number): string {
  return `${strategyId}/${symbol}/${number < 0 ? `engine-${-number}` : number}`;
}
