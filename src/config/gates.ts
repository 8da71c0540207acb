import { BrokerCapsGate } from '../kernel/gates/broker-caps.ts';
import { DailyLossGate } from '../kernel/gates/daily-loss.ts';
import { DataFreshnessGate } from '../kernel/gates/data-freshness.ts';
import { DuplicateIntentGate } from '../kernel/gates/duplicate-intent.ts';
import { DuplicativeGate } from '../kernel/gates/duplicative.ts';
import { ExposureGate } from '../kernel/gates/exposure.ts';
import type { Gate } from '../kernel/gates/gate.ts';
import { HoldGate } from '../kernel/gates/hold.ts';
import { LossCooldownGate } from '../kernel/gates/loss-cooldown.ts';
import { MarginGate } from '../kernel/gates/margin.ts';
import { MarketHoursGate } from '../kernel/gates/market-hours.ts';
import { MessageRateGate } from '../kernel/gates/message-rate.ts';
import { OpenPositionsGate } from '../kernel/gates/open-positions.ts';
import { OrderSizeGate } from '../kernel/gates/order-size.ts';
import { OrderValidityGate } from '../kernel/gates/order-validity.ts';
import { OrderValueGate } from '../kernel/gates/order-value.ts';
import { type Collar, PriceCollarGate } from '../kernel/gates/price-collar.ts';
import { RepeatedExecutionGate } from '../kernel/gates/repeated-execution.ts';
import { RunDrawdownGate } from '../kernel/gates/run-drawdown.ts';
import { TradingStateGate } from '../kernel/gates/trading-state.ts';
import type { MessageSpec } from '../kernel/risk/message-counts.ts';
import type { RailLimits } from '../kernel/risk/rail.ts';
import type { RailSpec } from '../kernel/risk/rails.ts';
import type { RiskSpec } from '../kernel/risk/risk.ts';
import { powerOfTen } from '../model/arithmetic.ts';
import { type Decimal, parseDecimal, parseScaled } from '../model/decimal.ts';
import { type Instrument, parseQuantity } from '../model/instrument.ts';
import type { Quantity } from '../model/units.ts';
import type { SlippageModel } from '../slippage/model.ts';
import { compileDays, type Period } from './calendars.ts';
import { hasLossRail } from './gate-checks.ts';
import type { GatesConfig } from './gates-schema.ts';
import { spanUs } from './schema-parts.ts';

/** Percent have so many decimals more than millionths need. */
const MILLIONTHS_OF_PERCENT = 4;

/** What the gates need to know of the account and of what it trades. */
export interface GateScene {
  readonly instruments: readonly Instrument[];
  readonly account: { readonly decimals: number };
}

type BySymbol = Readonly<Record<string, string>>;

/** The setting of each instrument: by its symbol, else that of `*`. */
function each<T>(
  { instruments }: GateScene,
  values: BySymbol,
  parse: (text: string, instrument: Instrument) => T,
): readonly (T | undefined)[] {
  return instruments.map((instrument) => {
    const text = values[instrument.symbol] ?? values['*'];
    return text === undefined ? undefined : parse(text, instrument);
  });
}

function millionths(percent: string): number {
  return Number(parseScaled(percent, MILLIONTHS_OF_PERCENT));
}

function maybe<T>(text: string | undefined, parse: (text: string) => T): T | undefined {
  return text === undefined ? undefined : parse(text);
}

/** Pips as halves of a price count, rounded down. */
function halvesOf(pips: string, { pipSize, priceIncrement }: Instrument): number {
  return halfCounts(parseDecimal(pips), pipSize, priceIncrement);
}

function halfCounts(pips: Decimal, pipSize: Decimal, priceIncrement: Decimal): number {
  const top = 2n * pips.coefficient * pipSize.coefficient * powerOfTen(priceIncrement.decimals);
  const shift = pips.decimals + pipSize.decimals;
  return Number(top / (priceIncrement.coefficient * powerOfTen(shift)));
}

function collars(scene: GateScene, pips: BySymbol, percent: BySymbol): (Collar | undefined)[] {
  return scene.instruments.map((instrument) => {
    const byPips = pips[instrument.symbol] ?? pips['*'];
    const byPercent = percent[instrument.symbol] ?? percent['*'];
    if (byPips === undefined && byPercent === undefined) return undefined;
    const texts = [maybe(byPips, (p) => `${p} pips`), maybe(byPercent, (p) => `${p} %`)];
    return {
      halves: maybe(byPips, (text) => halvesOf(text, instrument)),
      millionths: maybe(byPercent, millionths),
      text: texts.filter((text) => text !== undefined).join(' and '),
    };
  });
}

function messageSpec({ messageRate }: GatesConfig): MessageSpec {
  const { perSecond, perMinute, instrumentPerSecond, instrumentPerMinute } = messageRate;
  return {
    all: { perSecond, perMinute },
    perInstrument: { perSecond: instrumentPerSecond, perMinute: instrumentPerMinute },
  };
}

/** In the fixed order of gates; those of {@link alwaysEnforced} have no mode (X20). */
export function gatesOf(gates: GatesConfig, scene: GateScene): readonly Gate[] {
  const money = (text: string): number => Number(parseScaled(text, scene.account.decimals));
  const units = (text: string, one: Instrument): Quantity => parseQuantity(one, text);
  const { dataFreshness, orderSize, orderValue, priceCollar, messageRate, openPositions } = gates;
  const orderValues = each(scene, orderValue.max, money);
  const { entryPips, entryPercent, exitPips, exitPercent, mode: collarMode } = priceCollar;
  return [
    ...alwaysEnforced(),
    new DataFreshnessGate(dataFreshness.mode, spanUs(dataFreshness.quoteAgeMax)),
    marketHours(gates),
    new OrderSizeGate(orderSize.mode, each(scene, orderSize.max, units), orderSize.onBreach),
    new DuplicativeGate(gates.duplicative.mode),
    new OrderValueGate(orderValue.mode, orderValues, orderValue.onBreach),
    new PriceCollarGate(collarMode, {
      entry: collars(scene, entryPips, entryPercent),
      exit: collars(scene, exitPips, exitPercent),
    }),
    new MessageRateGate(messageRate.mode, messageSpec(gates), millionths(messageRate.keptPercent)),
    new RepeatedExecutionGate(gates.repeatedExecution.mode),
    exposureGate(gates, scene, money),
    new OpenPositionsGate(openPositions.mode, openPositions.max ?? Number.POSITIVE_INFINITY),
    marginGate(gates),
    brokerCaps(gates, scene, units),
    new DailyLossGate(gates.dailyLoss.mode),
    new RunDrawdownGate(gates.runDrawdown.mode),
    new LossCooldownGate(gates.lossCooldown.mode),
  ];
}

/** The gates that nobody can turn off. */
export function alwaysEnforced(): readonly Gate[] {
  return [
    new OrderValidityGate(),
    new DuplicateIntentGate(),
    new TradingStateGate(),
    new HoldGate(),
  ];
}

function marketHours({ marketHours: spec }: GatesConfig): Gate {
  return new MarketHoursGate(spec.mode, {
    afterOpenUs: spanUs(spec.afterOpen),
    beforeCloseUs: spanUs(spec.beforeClose),
    beforeRolloverUs: spanUs(spec.beforeRollover),
    afterRolloverUs: spanUs(spec.afterRollover),
  });
}

function exposureGate(
  { exposure: spec }: GatesConfig,
  scene: GateScene,
  money: (text: string) => number,
): Gate {
  const codes = new Set(scene.instruments.flatMap(({ base, quote }) => [base, quote]));
  const perCurrency = [...codes].flatMap((code) => {
    const text = spec.perCurrency[code] ?? spec.perCurrency['*'];
    return text === undefined ? [] : [[code, money(text)] as const];
  });
  const limits = {
    perInstrument: each(scene, spec.perInstrument, money),
    net: maybe(spec.net, money),
    gross: maybe(spec.gross, money),
    perCurrency: new Map(perCurrency),
  };
  return new ExposureGate(spec.mode, limits, spec.onBreach);
}

function marginGate({ margin }: GatesConfig): Gate {
  const rules = {
    usedMax: maybe(margin.maxUsedPercent, millionths),
    closeoutShare: millionths(margin.closeoutPercent),
    distanceMin: maybe(margin.minDistancePercent, millionths),
    rateAgeMaxUs: spanUs(margin.rateAgeMax),
  };
  return new MarginGate(margin.mode, rules, margin.onBreach);
}

function brokerCaps(
  { brokerCaps: spec }: GatesConfig,
  scene: GateScene,
  units: (text: string, instrument: Instrument) => Quantity,
): Gate {
  const caps = {
    orderUnits: each(scene, spec.orderUnits, units),
    positionUnits: each(scene, spec.positionUnits, units),
    openOrders: spec.openOrders,
  };
  return new BrokerCapsGate(spec.mode, caps, spec.onBreach);
}

/** What the gates that are on have to remember. */
export function riskSpec(
  gates: GatesConfig,
  scene: GateScene,
  period: Period,
  profile: SlippageModel,
): RiskSpec {
  const { messageRate, repeatedExecution, lossCooldown } = gates;
  return {
    messages: messageRate.mode === 'off' ? undefined : messageSpec(gates),
    repeats:
      repeatedExecution.mode === 'off'
        ? undefined
        : { fills: repeatedExecution.fills, withinUs: spanUs(repeatedExecution.within) },
    streaks:
      lossCooldown.mode === 'off'
        ? undefined
        : { losses: lossCooldown.losses, waitUs: spanUs(lossCooldown.wait) },
    rails: hasLossRail(gates) ? railSpec(gates, scene, period) : undefined,
    profile,
  };
}

function railSpec(gates: GatesConfig, scene: GateScene, period: Period): RailSpec {
  const { lossMarks, lossDay } = gates;
  return {
    dailyLoss: railLimits(gates.dailyLoss, scene),
    drawdown: railLimits(gates.runDrawdown, scene),
    marks: {
      count: lossMarks.count,
      overUs: spanUs(lossMarks.over),
      ageMaxUs: spanUs(lossMarks.ageMax),
      spreadMax: each(scene, lossMarks.spreadMaxPips, (pips, one) =>
        Math.floor(halvesOf(pips, one) / 2),
      ),
    },
    day: compileDays(lossDay.timeZone, lossDay.start, period),
  };
}

function railLimits(spec: GatesConfig['dailyLoss'], scene: GateScene): RailLimits | undefined {
  if (spec.mode === 'off') return undefined;
  const money = (text: string): number => Number(parseScaled(text, scene.account.decimals));
  return {
    max: { amount: maybe(spec.max, money), millionths: maybe(spec.maxPercent, millionths) },
    hard: {
      amount: maybe(spec.hardMax, money),
      millionths: maybe(spec.hardMaxPercent, millionths),
    },
    enforced: spec.mode === 'enforce',
  };
}
