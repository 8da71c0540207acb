import { grouped } from '../../report/number-text.ts';
import { centsText, type Exact, exactText } from './exact.ts';
import type { Measured } from './risk.ts';

/** Shown where there is no number. */
export const NONE = '–';

/** Money of a result file, with commas. */
export function moneyText(decimal: string): string {
  return grouped(decimal);
}

export function exactMoney(amount: Exact): string {
  return grouped(exactText(amount));
}

/** Accounts of less than this are shown with every digit: cents would not do for coins. */
const CENTS_FROM = 1000;

/** Shows sums in cents, where the account is large enough for that; exactly, where not. */
export function moneyOf(openingBalance: string): (amount: Exact) => string {
  if (Number(openingBalance) < CENTS_FROM) return exactMoney;
  return (amount) => grouped(centsText(amount));
}

/** A statistic rounded for display; zero has no sign. */
export function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return grouped(/^-0(\.0*)?$/.test(text) ? text.slice(1) : text);
}

export function percent(share: number, decimals = 2): string {
  return `${fixed(share * 100, decimals)} %`;
}

/** A figure as text, or a dash and why. */
export function measuredText(
  measured: Measured,
  show: (value: number) => string,
): { readonly value: string; readonly note?: string } {
  if ('value' in measured) return { value: show(measured.value) };
  return { value: NONE, note: measured.undefinedBecause };
}

/** `3 d 4 h`, `12 min 5 s`: the two largest units. */
export function durationText(seconds: number): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ] as const;
  let rest = Math.round(seconds);
  if (rest < 60 && seconds > 0) return `${fixed(seconds, seconds < 10 ? 2 : 0)} s`;
  const parts: string[] = [];
  for (const [name, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0 || parts.length > 0) parts.push(`${grouped(String(count))} ${name}`);
    if (parts.length === 2) break;
  }
  return parts.filter((part) => !part.startsWith('0 ')).join(' ') || '0 s';
}

/** `2024-01-08 00:48:00` of a time as results write it. */
export function secondText(time: string): string {
  return `${time.slice(0, 10)} ${time.slice(11, 19)}`;
}
