/** Finer than what is booked, so that roundings stay small beside it. */
const FIAT_DECIMALS = 6;
const CRYPTO_DECIMALS = 8;

const FIAT =
  'AUD CAD CHF CNH CZK DKK EUR GBP HKD HUF JPY MXN NOK NZD PLN SEK SGD TRY USD ZAR'.split(' ');
const CRYPTO = 'BTC ETH USDC USDT'.split(' ');

/** Currencies that an account can be in. */
export const ACCOUNT_CURRENCIES: readonly string[] = [...FIAT, ...CRYPTO];

/** Money of an account in this currency counts 10^-decimals of it; `undefined` if unknown. */
export function moneyDecimals(currency: string): number | undefined {
  if (FIAT.includes(currency)) return FIAT_DECIMALS;
  return CRYPTO.includes(currency) ? CRYPTO_DECIMALS : undefined;
}
