import { isFinal } from '../../kernel/orders/transitions.ts';
import { type AppliedInput, InputKind } from '../../model/inputs.ts';
import { type Instrument, parsePrice, parseQuantity } from '../../model/instrument.ts';
import { OrderRole, Side } from '../../model/order.ts';
import {
  type InstrumentIndex,
  type Money,
  NO_ORDER,
  type OrderHandle,
  type Quantity,
} from '../../model/units.ts';
import { blankFill, LedgerKind, type Rate, ReportKind } from '../../model/venue.ts';
import { ledgerInput, ownOrder, type Place, reasonOf, reportInput, type Scene } from './scene.ts';
import type { OrderFill } from './schemas.ts';
import { readMoney, readRate, WireError } from './wire-values.ts';

/** The money of a fill, in counts of account money. */
interface FillMoney {
  readonly realized: Money;
  readonly financing: Money;
  /** Commission, and the fee of a guaranteed execution. */
  readonly costs: Money;
  readonly balance: Money;
}

function moneyOf({ decimals }: Scene, fill: OrderFill): FillMoney {
  const commission = readMoney(fill.commission, decimals);
  const guaranteed = readMoney(fill.guaranteedExecutionFee, decimals);
  return {
    realized: readMoney(fill.pl, decimals),
    financing: readMoney(fill.financing, decimals),
    costs: (commission + guaranteed) as Money,
    balance: readMoney(fill.accountBalance, decimals),
  };
}

/** Quote currency to account currency: the factor of gains or of losses, as it applied. */
function rateOf(fill: OrderFill, realized: Money): Rate {
  const { homeConversionFactors: factors } = fill;
  const gain = factors?.gainQuoteHome?.factor ?? fill.gainQuoteHomeConversionFactor;
  const loss = factors?.lossQuoteHome?.factor ?? fill.lossQuoteHomeConversionFactor;
  const text = realized < 0n ? (loss ?? gain) : (gain ?? loss);
  if (text === undefined) throw new WireError('a fill without a conversion factor');
  return readRate(text);
}

/**
 * An execution: of an order of ours a fill, of any other a fact of the account. What else it says
 * comes before it, so that the books stand as the broker's once the fill itself is told: financing
 * that was settled with it, and protection whose trade became smaller.
 */
export function orderFilled(
  scene: Scene,
  place: Place,
  id: string,
  fill: OrderFill,
): readonly AppliedInput[] {
  const k = scene.byName.get(fill.instrument);
  const instrument = k === undefined ? undefined : scene.instruments[k];
  const money = moneyOf(scene, fill);
  const order = ownOrder(scene, fill.orderID, fill.clientOrderID);
  if (k === undefined || instrument === undefined) return [unknownFill(scene, place, id, money)];
  const changes = tradeChanges(scene, place, instrument, fill, order);
  if (order === NO_ORDER)
    return [...changes, foreignFill(scene, place, id, { k, instrument, fill, money })];
  const units = parseQuantity(instrument, fill.units);
  const own: AppliedInput = {
    kind: InputKind.fill,
    fill: {
      ...blankFill(),
      ...place,
      order,
      instrument: k,
      side: units > 0 ? Side.buy : Side.sell,
      executionId: id,
      quantity: Math.abs(units) as Quantity,
      price: parsePrice(instrument, fill.price),
      rate: rateOf(fill, money.realized),
      realized: money.realized,
      commission: money.costs,
      balance: money.balance,
    },
  };
  if (units === 0) throw new WireError('a fill of no units');
  const size = legCompleted(scene, place, fill, order, Math.abs(units));
  return [...financingOf(scene, place, id, k, money), ...changes, ...size, own];
}

/**
 * Protection that closes its trade is filled whole, whatever size it was last known to have: a
 * trade may have been reduced while nobody here knew it.
 */
function legCompleted(
  { engine }: Scene,
  place: Place,
  fill: OrderFill,
  order: OrderHandle,
  units: number,
): readonly AppliedInput[] {
  const known = engine.order(order);
  if (known === undefined || known.role === OrderRole.order || fill.tradeReduced !== undefined) {
    return [];
  }
  const quantity = (known.filled + units) as Quantity;
  const { limitPrice, stopPrice } = known.terms;
  if (quantity >= known.terms.quantity) return [];
  const told = { order, quantity, limitPrice, stopPrice, reason: 'trade_reduced' };
  return [reportInput({ ...place, cursor: 0 }, ReportKind.replaced, told)];
}

function financingOf(
  scene: Scene,
  place: Place,
  id: string,
  k: InstrumentIndex,
  { financing, realized, costs, balance }: FillMoney,
): readonly AppliedInput[] {
  if (financing === 0n) return [];
  const fact = {
    fact: LedgerKind.financing,
    instrument: k,
    hasInstrument: true,
    amount: financing,
    balance: (balance - realized + costs) as Money,
    reference: `${id}/financing`,
  };
  return [ledgerInput(scene, { ...place, cursor: 0 }, fact)];
}

function foreignFill(
  scene: Scene,
  place: Place,
  id: string,
  parts: {
    readonly k: InstrumentIndex;
    readonly instrument: Instrument;
    readonly fill: OrderFill;
    readonly money: FillMoney;
  },
): AppliedInput {
  const { k, instrument, fill, money } = parts;
  const isCloseout = fill.reason === 'MARKET_ORDER_MARGIN_CLOSEOUT';
  return ledgerInput(scene, place, {
    fact: isCloseout ? LedgerKind.marginCloseout : LedgerKind.foreignFill,
    instrument: k,
    hasInstrument: true,
    quantity: parseQuantity(instrument, fill.units),
    price: parsePrice(instrument, fill.price),
    amount: changeOf(money),
    balance: money.balance,
    reference: id,
    reason: reasonOf(fill.reason),
  });
}

function changeOf({ realized, financing, costs }: FillMoney): Money {
  return (realized + financing - costs) as Money;
}

/** A fill in what is not configured here: its money is known, its position is not. */
function unknownFill(scene: Scene, place: Place, id: string, money: FillMoney): AppliedInput {
  return ledgerInput(scene, place, {
    fact: LedgerKind.unknown,
    amount: changeOf(money),
    balance: money.balance,
    reference: id,
    reason: 'fill_of_unknown_instrument',
  });
}

/** Follows the account's trades; what protects one that became smaller is smaller too. */
function tradeChanges(
  scene: Scene,
  place: Place,
  instrument: Instrument,
  fill: OrderFill,
  filled: OrderHandle,
): readonly AppliedInput[] {
  const { trades } = scene;
  for (const { tradeID } of fill.tradesClosed ?? []) trades.closed(tradeID);
  const { tradeOpened, tradeReduced } = fill;
  if (tradeOpened !== undefined) {
    trades.opened(tradeOpened.tradeID, parseQuantity(instrument, tradeOpened.units));
  }
  const trade = tradeReduced === undefined ? undefined : trades.find(tradeReduced.tradeID);
  if (trade === undefined || tradeReduced === undefined) return [];
  trade.units += parseQuantity(instrument, tradeReduced.units);
  const left = Math.abs(trade.units) as Quantity;
  return [trade.stopLoss, trade.takeProfit].flatMap((child) => {
    const known = child === NO_ORDER || child === filled ? undefined : scene.engine.order(child);
    if (known === undefined || isFinal(known.state)) return [];
    const quantity = (known.filled + left) as Quantity;
    const { limitPrice, stopPrice } = known.terms;
    if (known.terms.quantity === quantity) return [];
    const told = { order: child, quantity, limitPrice, stopPrice, reason: 'trade_reduced' };
    return [reportInput({ ...place, cursor: 0 }, ReportKind.replaced, told)];
  });
}
