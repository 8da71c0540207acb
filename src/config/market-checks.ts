import { DataError } from '../data/data-error.ts';
import { dayOfFileName } from '../data/file-date.ts';
import { hourTemplateProblem } from '../data/file-hour.ts';
import { checkQuoteFormat } from '../data/open-quotes.ts';
import { isZone } from '../data/zone-clock.ts';
import { DecimalError, parseDecimal } from '../model/decimal.ts';
import { parsePrice, parseQuantity } from '../model/instrument.ts';
import { CATALOGUE } from './catalogue.ts';
import type { CheckContext, MarketContext } from './cross-checks.ts';
import type { InstrumentSpec } from './instrument-schema.ts';
import { instrumentOf, isMultiple } from './instruments.ts';
import type { JsonPath } from './issue.ts';
import type {
  FileSourceConfig,
  FilesMarketConfig,
  SyntheticMarketConfig,
  SyntheticSpec,
} from './market-schema.ts';
import { quoteFormatOf } from './quote-format.ts';
import { compareDecimals, parseUtc } from './schema-parts.ts';

/** What every synthetic instrument needs. */
const SYNTHETIC_KEYS: readonly (keyof SyntheticSpec)[] = [
  'price',
  'dailyVolatilityBps',
  'spread',
  'quotesPerSecond',
  'sizeMin',
  'sizeMax',
  'profile',
];

type PartialSynthetic = SyntheticMarketConfig['instruments'][string];

/** Settings of a synthetic instrument, defaults of the catalogue filled in. */
export function syntheticSpec(market: SyntheticMarketConfig, symbol: string): PartialSynthetic {
  return { ...CATALOGUE.get(symbol)?.synthetic, ...market.instruments[symbol] };
}

/** True when nothing is left out. */
export function isComplete(spec: PartialSynthetic): spec is SyntheticSpec {
  return SYNTHETIC_KEYS.every((key) => spec[key] !== undefined);
}

function checkPeriod(
  { source, issues }: FilesContext,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
): void {
  if (from === undefined || to === undefined) return;
  if ((parseUtc(from) ?? 0) < (parseUtc(to) ?? 0)) return;
  issues.add(source, ['market', 'to'], 'order', `must be later than \`from\`, ${from}`);
}

export function checkSyntheticMarket(context: MarketContext, market: SyntheticMarketConfig): void {
  const { config, source, issues, used } = context;
  checkPeriod(context, market);
  const path = ['market', 'instruments'];
  for (const symbol of Object.keys(market.instruments)) {
    if (config.instruments.use.includes(symbol)) continue;
    issues.addKey(source, [...path, symbol], 'unknown', `${symbol} is not in instruments.use`);
  }
  for (const instrument of used) {
    const spec = syntheticSpec(market, instrument.symbol);
    const at = [...path, instrument.symbol];
    const isOwn = (key: keyof SyntheticSpec): boolean =>
      market.instruments[instrument.symbol]?.[key] !== undefined;
    checkFollows(context, market, instrument.symbol, [...at, 'follows', 'symbol']);
    if (isComplete(spec)) checkSynthetic(context, instrument, spec, at, isOwn);
    else {
      const missing = SYNTHETIC_KEYS.filter((key) => spec[key] === undefined).join(', ');
      const message = `${instrument.symbol} has no built-in market: give it ${missing}`;
      issues.add(source, at, 'missing', message);
    }
  }
}

/** What is followed is in use and walks alone, so no instrument follows itself in a circle. */
function checkFollows(
  { config, source, issues }: MarketContext,
  market: SyntheticMarketConfig,
  symbol: string,
  path: JsonPath,
): void {
  const leader = market.instruments[symbol]?.follows?.symbol;
  if (leader === undefined) return;
  if (!config.instruments.use.includes(leader)) {
    issues.add(source, path, 'unknown', `${leader} is not in instruments.use`);
  } else if (leader === symbol) {
    issues.add(source, path, 'itself', `${symbol} cannot follow itself`);
  } else if (market.instruments[leader]?.follows !== undefined) {
    issues.add(source, path, 'chain', `${leader} follows another itself`);
  }
}

function checkSynthetic(
  { source, issues }: MarketContext,
  definition: InstrumentSpec,
  spec: SyntheticSpec,
  path: JsonPath,
  isOwn: (key: keyof SyntheticSpec) => boolean,
): void {
  const instrument = instrumentOf(definition);
  const counted = (key: 'price' | 'sizeMin' | 'sizeMax'): void => {
    const parse = key === 'price' ? parsePrice : parseQuantity;
    try {
      parse(instrument, spec[key]);
    } catch (error) {
      if (!(error instanceof DecimalError)) throw error;
      const message = isOwn(key) ? error.message : `${error.message}; that is the built-in default`;
      issues.add(source, [...path, key], 'off_increment', message);
    }
  };
  counted('price');
  counted('sizeMin');
  counted('sizeMax');
  if (compareDecimals(parseDecimal(spec.sizeMin), parseDecimal(spec.sizeMax)) > 0) {
    issues.add(source, [...path, 'sizeMax'], 'order', 'is smaller than sizeMin');
  }
  if (compareDecimals(parseDecimal(spec.spread), parseDecimal(spec.price)) >= 0) {
    issues.add(source, [...path, 'spread'], 'range', 'is not smaller than the price');
  }
}

/** What sources of files are checked against; a report has no more of a configuration. */
export type FilesContext = Pick<CheckContext, 'source' | 'issues' | 'used'> & {
  readonly config: Pick<CheckContext['config'], 'instruments'>;
};

export function checkFilesMarket(context: FilesContext, market: FilesMarketConfig): void {
  const { config, source, issues } = context;
  checkPeriod(context, market);
  const seen = new Set<string>();
  let allKnown = true;
  for (const [at, { symbol, format, entry }] of market.sources.entries()) {
    const path = ['market', 'sources', at];
    if (!config.instruments.use.includes(symbol)) {
      const message = `${symbol} is not in instruments.use`;
      issues.add(source, [...path, 'symbol'], 'unknown', message);
      allKnown = false;
    } else if (seen.has(symbol)) {
      const message = `${symbol} has two sources: list all files in one`;
      issues.add(source, [...path, 'symbol'], 'duplicate', message);
      allKnown = false;
    }
    seen.add(symbol);
    checkSourceFormat(context, format, [...path, 'format']);
    checkSpread(context, symbol, format, [...path, 'format']);
    if (entry !== undefined && (format.kind === 'dukascopy_bi5' || format.kind === 'parquet')) {
      const message = `is for text in a zip, not for ${format.kind}`;
      issues.add(source, [...path, 'entry'], 'impossible', message);
    }
  }
  for (const symbol of config.instruments.use) {
    // A wrong symbol has been reported and may be the missing one.
    if (seen.has(symbol) || !allKnown) continue;
    issues.add(source, ['market', 'sources'], 'missing', `no source has quotes of ${symbol}`);
  }
}

function checkSourceFormat(
  { source, issues }: FilesContext,
  format: FileSourceConfig['format'],
  path: JsonPath,
): void {
  if ('zone' in format && !isZone(format.zone)) {
    const message = `unknown zone "${format.zone}": UTC, ±hh:mm or an IANA name`;
    issues.add(source, [...path, 'zone'], 'unknown', message);
    return;
  }
  if (format.kind === 'dukascopy_bi5') {
    const problem = hourTemplateProblem(format.path);
    if (problem === undefined) return;
    issues.add(source, [...path, 'path'], 'format', problem);
    return;
  }
  if ('fileDate' in format && format.fileDate !== undefined) {
    if (!isFileDate(format.fileDate)) {
      const message = 'must hold YYYY, MM and DD once each';
      issues.add(source, [...path, 'fileDate'], 'format', message);
    }
  }
  try {
    checkQuoteFormat(quoteFormatOf(format), '');
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    issues.add(source, path, 'impossible', error.reason);
  }
}

/** A declared spread is made of whole price increments. */
function checkSpread(
  { source, issues, used }: FilesContext,
  symbol: string,
  format: FileSourceConfig['format'],
  path: JsonPath,
): void {
  const spec = used.find((instrument) => instrument.symbol === symbol);
  if (spec === undefined) return;
  const { priceIncrement } = spec;
  const check = (spread: string, at: JsonPath): void => {
    if (isMultiple(spread, priceIncrement)) return;
    const message = `is no multiple of ${symbol}'s price increment ${priceIncrement}`;
    issues.add(source, [...at, 'spread'], 'off_increment', message);
  };
  if ('spread' in format) check(format.spread, path);
  if (format.kind === 'bars' && 'spread' in format.prices) {
    check(format.prices.spread, [...path, 'prices']);
  }
}

/** The reader knows templates; a name made from this one must carry its date. */
function isFileDate(template: string): boolean {
  const name = template.replace('YYYY', '2024').replace('MM', '01').replace('DD', '02');
  try {
    dayOfFileName(template, name);
    return true;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}
