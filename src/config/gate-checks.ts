import { isZone } from '../data/zone-clock.ts';
import { parseDecimal } from '../model/decimal.ts';
import type { CheckContext } from './cross-checks.ts';
import { moneyDecimals } from './currencies.ts';
import type { GatesConfig } from './gates-schema.ts';
import { isMultiple } from './instruments.ts';
import type { JsonPath } from './issue.ts';
import { compareDecimals } from './schema-parts.ts';

/** Limits are compared as safe integers, as balances are. */
const MONEY_COUNTS_MAX = 4_000_000_000_000_000n;

/** A setting by symbol. */
type BySymbol = Readonly<Record<string, string>>;

/** What belongs together in the gates' settings. */
export function checkGates(context: CheckContext): void {
  const { gates } = context.config;
  checkBySymbol(context, ['orderSize', 'max'], gates.orderSize.max, 'units');
  checkCovered(context, ['orderSize', 'max'], gates.orderSize.mode, gates.orderSize.max);
  checkBySymbol(context, ['orderValue', 'max'], gates.orderValue.max, 'money');
  checkCovered(context, ['orderValue', 'max'], gates.orderValue.mode, gates.orderValue.max);
  checkCollar(context);
  checkMessages(context);
  checkExposure(context);
  checkSome(context, ['openPositions', 'max'], gates.openPositions.mode, [gates.openPositions.max]);
  const { margin, brokerCaps } = gates;
  const marginLimits = [margin.maxUsedPercent, margin.minDistancePercent];
  checkSome(context, ['margin', 'maxUsedPercent'], margin.mode, marginLimits);
  checkBySymbol(context, ['brokerCaps', 'orderUnits'], brokerCaps.orderUnits, 'units');
  checkBySymbol(context, ['brokerCaps', 'positionUnits'], brokerCaps.positionUnits, 'units');
  const { orderUnits, positionUnits, openOrders } = brokerCaps;
  const caps = [...Object.values(orderUnits), ...Object.values(positionUnits), openOrders];
  checkSome(context, ['brokerCaps', 'orderUnits'], brokerCaps.mode, caps);
  checkLossRail(context, 'dailyLoss');
  checkLossRail(context, 'runDrawdown');
  checkBySymbol(context, ['lossMarks', 'spreadMaxPips'], gates.lossMarks.spreadMaxPips, 'pips');
  checkZone(context);
}

function pathOf(path: JsonPath): JsonPath {
  return ['gates', ...path];
}

/** The keys are symbols in use, and the values can be what they stand for. */
function checkBySymbol(
  context: CheckContext,
  path: JsonPath,
  values: BySymbol,
  unit: 'units' | 'money' | 'pips',
): void {
  const { config, source, issues, used } = context;
  for (const [symbol, value] of Object.entries(values)) {
    const at = pathOf([...path, symbol]);
    if (symbol !== '*' && !config.instruments.use.includes(symbol)) {
      issues.addKey(source, at, 'unknown', `${symbol} is not in instruments.use`);
    } else if (unit === 'money') checkMoney(context, [...path, symbol], value);
    else if (unit === 'units') {
      const others = used.filter((one) => !Object.hasOwn(values, one.symbol));
      const meant = symbol === '*' ? others : used.filter((one) => one.symbol === symbol);
      const off = meant.filter(({ sizeIncrement }) => !isMultiple(value, sizeIncrement));
      if (off.length === 0) continue;
      const names = off.map((one) => one.symbol).join(', ');
      const message = `${value} is not a multiple of the size increment of ${names}`;
      issues.add(source, at, 'off_increment', message);
    }
  }
}

/** A gate that is on has a limit for every instrument. */
function checkCovered(
  { source, issues, used }: CheckContext,
  path: JsonPath,
  mode: string,
  max: BySymbol,
): void {
  if (mode === 'off' || Object.hasOwn(max, '*')) return;
  const without = used.filter(({ symbol }) => !Object.hasOwn(max, symbol));
  if (without.length === 0) return;
  const names = without.map(({ symbol }) => symbol).join(', ');
  const message = `mode is ${mode}, but there is no limit for ${names} and no "*"`;
  issues.add(source, pathOf(path), 'missing', message);
}

/** A gate that is on has one limit at least. */
function checkSome(
  { source, issues }: CheckContext,
  path: JsonPath,
  mode: string,
  limits: readonly unknown[],
): void {
  if (mode === 'off' || limits.some((limit) => limit !== undefined)) return;
  issues.add(source, pathOf(path), 'missing', `mode is ${mode}, but there is no limit`);
}

function checkMoney({ config, source, issues }: CheckContext, path: JsonPath, text: string): void {
  const decimals = moneyDecimals(config.account.currency);
  // An unknown currency is an issue of its own.
  if (decimals === undefined) return;
  const value = parseDecimal(text);
  if (value.decimals > decimals) {
    const message = `${config.account.currency} is kept to ${decimals} decimals`;
    issues.add(source, pathOf(path), 'too_fine', message);
  }
  if (compareDecimals(value, { coefficient: MONEY_COUNTS_MAX, decimals }) > 0) {
    issues.add(source, pathOf(path), 'too_large', 'is larger than the engine can compare');
  }
}

function checkCollar(context: CheckContext): void {
  const { source, issues } = context;
  const collar = context.config.gates.priceCollar;
  const { mode, entryPips, entryPercent, exitPips, exitPercent } = collar;
  for (const [name, values] of Object.entries({ entryPips, entryPercent, exitPips, exitPercent })) {
    checkBySymbol(context, ['priceCollar', name], values, 'pips');
  }
  const entries = [...Object.values(entryPips), ...Object.values(entryPercent)];
  checkSome(context, ['priceCollar', 'entryPips'], mode, entries);
  const pairs = [
    ['exitPips', exitPips, entryPips],
    ['exitPercent', exitPercent, entryPercent],
  ] as const;
  for (const [name, exits, of] of pairs) {
    for (const [symbol, exit] of Object.entries(exits)) {
      const entry = of[symbol] ?? of['*'];
      if (entry === undefined) continue;
      if (compareDecimals(parseDecimal(exit), parseDecimal(entry)) >= 0) continue;
      const message = `the collar of exits is narrower than that of entries, ${entry}`;
      issues.add(source, pathOf(['priceCollar', name, symbol]), 'order', message);
    }
  }
}

function checkMessages(context: CheckContext): void {
  const { source, issues } = context;
  const { messageRate } = context.config.gates;
  const { mode, perSecond, perMinute, instrumentPerSecond, instrumentPerMinute } = messageRate;
  const limits = [perSecond, perMinute, instrumentPerSecond, instrumentPerMinute];
  checkSome(context, ['messageRate', 'perSecond'], mode, limits);
  const pairs = [
    ['perMinute', perMinute, perSecond],
    ['instrumentPerMinute', instrumentPerMinute, instrumentPerSecond],
  ] as const;
  for (const [name, minute, second] of pairs) {
    if (minute === undefined || second === undefined || minute >= second) continue;
    const message = `is less than what one second may have, ${second}`;
    issues.add(source, pathOf(['messageRate', name]), 'order', message);
  }
}

function checkExposure(context: CheckContext): void {
  const { source, issues, used } = context;
  const { mode, perInstrument, net, gross, perCurrency } = context.config.gates.exposure;
  checkBySymbol(context, ['exposure', 'perInstrument'], perInstrument, 'money');
  if (net !== undefined) checkMoney(context, ['exposure', 'net'], net);
  if (gross !== undefined) checkMoney(context, ['exposure', 'gross'], gross);
  const known = new Set(['*', ...used.flatMap(({ base, quote }) => [base, quote])]);
  for (const [code, value] of Object.entries(perCurrency)) {
    const path = ['exposure', 'perCurrency', code];
    if (known.has(code)) checkMoney(context, path, value);
    else issues.addKey(source, pathOf(path), 'unknown', `no instrument in use trades ${code}`);
  }
  const all = [...Object.values(perInstrument), net, gross, ...Object.values(perCurrency)];
  checkSome(context, ['exposure', 'perInstrument'], mode, all);
}

function checkLossRail(context: CheckContext, name: 'dailyLoss' | 'runDrawdown'): void {
  const { source, issues } = context;
  const { mode, max, maxPercent, hardMax, hardMaxPercent } = context.config.gates[name];
  checkSome(context, [name, 'max'], mode, [max, maxPercent]);
  if (max !== undefined) checkMoney(context, [name, 'max'], max);
  if (hardMax !== undefined) checkMoney(context, [name, 'hardMax'], hardMax);
  const pairs = [
    ['hardMax', hardMax, max],
    ['hardMaxPercent', hardMaxPercent, maxPercent],
  ] as const;
  for (const [key, hard, soft] of pairs) {
    if (hard === undefined || soft === undefined) continue;
    if (compareDecimals(parseDecimal(hard), parseDecimal(soft)) >= 0) continue;
    const message = `is less than what trips after several marks, ${soft}`;
    issues.add(source, pathOf([name, key]), 'order', message);
  }
}

function checkZone({ config, source, issues }: CheckContext): void {
  const { timeZone } = config.gates.lossDay;
  if (isZone(timeZone)) return;
  const message = `unknown time zone "${timeZone}"`;
  issues.add(source, pathOf(['lossDay', 'timeZone']), 'unknown', message);
}

/** Do the settings of loss rails ask for any of them? */
export function hasLossRail({ dailyLoss, runDrawdown }: GatesConfig): boolean {
  return dailyLoss.mode !== 'off' || runDrawdown.mode !== 'off';
}
