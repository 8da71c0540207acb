import { z } from 'zod';
import type { TimeUs } from '../../model/units.ts';
import type { Format, NumberFault } from './format.ts';
import { parseWireTime, wireTime } from './format.ts';
import {
  isProtective,
  ORDER_KINDS,
  type OrderKind,
  type OrderSpec,
  POSITION_FILLS,
  PROTECTION_FIELDS,
  type Protection,
  TIMES_IN_FORCE,
  type WireTimeInForce,
} from './order-spec.ts';
import { type ClientExtensions, fields, type WireObject } from './wire.ts';

/** A request that cannot be understood: 400 without a transaction. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}

/** A request that is understood and refused: 400 and a reject transaction. */
export class RejectedRequest extends Error {
  override readonly name = 'RejectedRequest';
  readonly reason: string;
  readonly kind: OrderKind;
  readonly wire: WireObject;

  constructor(reason: string, kind: OrderKind, wire: WireObject = {}) {
    super(reason);
    this.reason = reason;
    this.kind = kind;
    this.wire = wire;
  }
}

export const clientExtensionsSchema = z.strictObject({
  id: z.string().optional(),
  tag: z.string().optional(),
  comment: z.string().optional(),
});

const details = z.strictObject({
  price: z.string().optional(),
  distance: z.string().optional(),
  timeInForce: z.enum(TIMES_IN_FORCE).optional(),
  gtdTime: z.string().optional(),
  clientExtensions: clientExtensionsSchema.optional(),
  guaranteed: z.boolean().optional(),
});

const orderSchema = z.strictObject({
  type: z.enum(ORDER_KINDS),
  instrument: z.string().optional(),
  units: z.string().optional(),
  price: z.string().optional(),
  priceBound: z.string().optional(),
  distance: z.string().optional(),
  timeInForce: z.enum(TIMES_IN_FORCE).optional(),
  gtdTime: z.string().optional(),
  positionFill: z.enum(POSITION_FILLS).optional(),
  triggerCondition: z.enum(['DEFAULT', 'INVERSE', 'BID', 'ASK', 'MID']).optional(),
  guaranteed: z.boolean().optional(),
  tradeID: z.string().optional(),
  clientTradeID: z.string().optional(),
  clientExtensions: clientExtensionsSchema.optional(),
  tradeClientExtensions: clientExtensionsSchema.optional(),
  takeProfitOnFill: details.optional(),
  stopLossOnFill: details.optional(),
  trailingStopLossOnFill: details.optional(),
});

type OrderBody = z.output<typeof orderSchema>;
type Details = z.output<typeof details>;

/** What is asked for on an open trade: an object sets, `null` takes away, absence leaves. */
export const dependentOrdersSchema = z.strictObject({
  takeProfit: details.nullable().optional(),
  stopLoss: details.nullable().optional(),
  trailingStopLoss: details.nullable().optional(),
});

/** Which trade an order without an instrument is for. */
export type FindTrade = (
  tradeId: string | undefined,
  clientTradeId: string | undefined,
) => { readonly id: number; readonly instrument: number; readonly units: number } | undefined;

const EXTENSION_MAX = 128;

/** Reads a body by a schema. Throws {@link MalformedRequest} that names the field. */
export function readBody<T>(schema: z.ZodType<T>, body: unknown): T {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const at = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])].join('.');
  throw new MalformedRequest(`Invalid value specified for '${at}'`);
}

/** Client extensions without empty fields; `undefined` when nothing is left. */
export function extensionsOf(given: ClientExtensions | undefined): ClientExtensions | undefined {
  if (given === undefined) return undefined;
  const kept = fields({ id: given.id, tag: given.tag, comment: given.comment });
  return Object.keys(kept).length === 0 ? undefined : kept;
}

/** The field of client extensions that is too long or empty, in the words of reject reasons. */
export function extensionFault(given: ClientExtensions | undefined): string | undefined {
  for (const [field, word] of [
    ['id', 'ID'],
    ['tag', 'TAG'],
    ['comment', 'COMMENT'],
  ] as const) {
    const text = given?.[field];
    if (text !== undefined && (text.length === 0 || text.length > EXTENSION_MAX)) return word;
  }
  return undefined;
}

/** Turns the body of a request into an order. */
export class OrderReader {
  readonly #format: Format;
  readonly #findTrade: FindTrade;

  constructor(format: Format, findTrade: FindTrade) {
    this.#format = format;
    this.#findTrade = findTrade;
  }

  /** Throws {@link MalformedRequest} and {@link RejectedRequest}. */
  read(body: unknown): OrderSpec {
    const order = readBody(z.strictObject({ order: orderSchema }), body).order;
    const { type: kind, clientExtensions, tradeClientExtensions } = order;
    // What a refusal shows of the order: as far as it was given, in the client's own words.
    const refuse = (reason: string): never => {
      throw new RejectedRequest(reason, kind, echoOf(order));
    };
    const trade = isProtective(kind) ? this.#tradeOf(order, refuse) : undefined;
    const k = trade?.instrument ?? this.#instrumentOf(order.instrument, refuse);
    const units = trade === undefined ? this.#unitsOf(k, order.units, refuse) : -trade.units;
    const { timeInForce, gtdTime } = lifeOf(order, kind, '', refuse);
    const isStop = kind === 'STOP_LOSS';
    const hasPrice = kind !== 'MARKET' && kind !== 'TRAILING_STOP_LOSS';
    if (isStop) checkOneOf(order, 'STOP_LOSS_ORDER', refuse);
    const price =
      hasPrice && !(isStop && order.price === undefined)
        ? this.#priceOf(k, order.price, 'PRICE', refuse)
        : 0;
    const hasDistance = kind === 'TRAILING_STOP_LOSS' || (isStop && price === 0);
    const distance = hasDistance ? this.#priceOf(k, order.distance, 'PRICE_DISTANCE', refuse) : 0;
    const bound =
      order.priceBound === undefined
        ? 0
        : this.#priceOf(k, order.priceBound, 'PRICE_BOUND', refuse);
    if (order.triggerCondition !== undefined && order.triggerCondition !== 'DEFAULT') {
      refuse('TRIGGER_CONDITION_INVALID');
    }
    if (order.guaranteed === true) refuse('STOP_LOSS_ORDER_GUARANTEED_NOT_ALLOWED');
    const positionFill = order.positionFill ?? 'DEFAULT';
    // The account nets: an order cannot be kept from reducing what it is set against.
    if (positionFill === 'OPEN_ONLY') refuse('ORDER_FILL_POSITION_ACTION_INVALID');
    const fault = extensionFault(clientExtensions);
    if (fault !== undefined) refuse(`CLIENT_ORDER_${fault}_INVALID`);
    const tradeFault = extensionFault(tradeClientExtensions);
    if (tradeFault !== undefined) refuse(`CLIENT_TRADE_${tradeFault}_INVALID`);
    const spec = {
      kind,
      instrument: k,
      units,
      price,
      bound,
      distance,
      timeInForce,
      gtdTime,
      positionFill,
      tradeId: trade?.id ?? 0,
      client: extensionsOf(clientExtensions),
      tradeClient: extensionsOf(tradeClientExtensions),
      protections: this.#protectionsOf(order, k, refuse),
    };
    return { ...spec, wire: this.#wireOf(order, spec, trade?.id) };
  }

  #tradeOf(order: OrderBody, refuse: (reason: string) => never) {
    if (order.tradeID === undefined && order.clientTradeID === undefined) {
      return refuse('TRADE_ID_UNSPECIFIED');
    }
    return this.#findTrade(order.tradeID, order.clientTradeID) ?? refuse('TRADE_DOESNT_EXIST');
  }

  #instrumentOf(name: string | undefined, refuse: (reason: string) => never): number {
    if (name === undefined) return refuse('INSTRUMENT_MISSING');
    return this.#format.find(name) ?? refuse('INSTRUMENT_UNKNOWN');
  }

  #unitsOf(k: number, text: string | undefined, refuse: (reason: string) => never): number {
    if (text === undefined) return refuse('UNITS_MISSING');
    const units = this.#format.parseUnits(k, text);
    if (typeof units === 'number') return units;
    if (units === 'malformed') throw new MalformedRequest("Invalid value specified for 'units'");
    return refuse(units === 'precision' ? 'UNITS_PRECISION_EXCEEDED' : 'UNITS_INVALID');
  }

  #priceOf(
    k: number,
    text: string | undefined,
    what: string,
    refuse: (reason: string) => never,
  ): number {
    if (text === undefined) return refuse(`${what}_MISSING`);
    const price: number | NumberFault = this.#format.parsePrice(k, text);
    if (typeof price === 'number') return price;
    if (price === 'malformed') throw new MalformedRequest(`Invalid value specified for '${text}'`);
    return refuse(`${what}_${price === 'precision' ? 'PRECISION_EXCEEDED' : 'INVALID'}`);
  }

  #protectionsOf(
    order: OrderBody,
    k: number,
    refuse: (reason: string) => never,
  ): readonly Protection[] {
    const given = [
      ['TAKE_PROFIT', order.takeProfitOnFill],
      ['STOP_LOSS', order.stopLossOnFill],
      ['TRAILING_STOP_LOSS', order.trailingStopLossOnFill],
    ] as const;
    return given.flatMap(([kind, one]) =>
      one === undefined ? [] : [this.protection(kind, one, k, `${kind}_ON_FILL`, refuse)],
    );
  }

  /** One `…OnFill`, or an order to set on a trade; `prefix` begins its reject reasons. */
  protection(
    kind: Protection['kind'],
    given: Details,
    k: number,
    prefix: string,
    refuse: (reason: string) => never,
  ): Protection {
    const isStop = kind === 'STOP_LOSS';
    if (isStop) checkOneOf(given, prefix, refuse);
    if (given.guaranteed === true) refuse('STOP_LOSS_ON_FILL_GUARANTEED_NOT_ALLOWED');
    const isPriced = kind === 'TAKE_PROFIT' || (isStop && given.price !== undefined);
    const price = isPriced ? this.#priceOf(k, given.price, `${prefix}_PRICE`, refuse) : 0;
    const distanceName = isStop ? `${prefix}_DISTANCE` : `${prefix}_PRICE_DISTANCE`;
    const distance = isPriced ? 0 : this.#priceOf(k, given.distance, distanceName, refuse);
    const { timeInForce, gtdTime } = lifeOf(given, kind, `${prefix}_`, refuse);
    const fault = extensionFault(given.clientExtensions);
    if (fault !== undefined) refuse(`${prefix}_CLIENT_ORDER_${fault}_INVALID`);
    const client = extensionsOf(given.clientExtensions);
    const wire = fields({
      price: price === 0 ? undefined : this.#format.price(k, price),
      distance: distance === 0 ? undefined : this.#format.price(k, distance),
      timeInForce,
      gtdTime: gtdTime === 0 ? undefined : wireTime(gtdTime as TimeUs),
      clientExtensions: client,
    });
    return { kind, price, distance, timeInForce, gtdTime, client, wire };
  }

  #wireOf(order: OrderBody, spec: Omit<OrderSpec, 'wire'>, tradeId: number | undefined) {
    const { kind, instrument: k, price, bound, distance } = spec;
    const onTrade = tradeId !== undefined;
    const onFill = spec.protections.map((one) => [
      `${PROTECTION_FIELDS[one.kind]}OnFill`,
      one.wire,
    ]);
    return fields({
      tradeID: onTrade ? String(tradeId) : undefined,
      clientTradeID: order.clientTradeID,
      instrument: onTrade ? undefined : this.#format.name(k),
      units: onTrade ? undefined : this.#format.units(k, spec.units),
      price: price === 0 ? undefined : this.#format.price(k, price),
      priceBound: bound === 0 ? undefined : this.#format.price(k, bound),
      distance: distance === 0 ? undefined : this.#format.price(k, distance),
      timeInForce: spec.timeInForce,
      gtdTime: spec.gtdTime === 0 ? undefined : wireTime(spec.gtdTime as TimeUs),
      positionFill: onTrade ? undefined : spec.positionFill,
      triggerCondition: kind === 'MARKET' ? undefined : 'DEFAULT',
      clientExtensions: spec.client,
      tradeClientExtensions: spec.tradeClient,
      ...Object.fromEntries(onFill),
    });
  }
}

function echoOf(order: OrderBody): WireObject {
  const { type: _, guaranteed: __, ...echo } = order;
  return fields(echo as WireObject);
}

function checkOneOf(
  { price, distance }: { price?: string | undefined; distance?: string | undefined },
  prefix: string,
  refuse: (reason: string) => never,
): void {
  if (price !== undefined && distance !== undefined) {
    refuse(`${prefix}_PRICE_AND_DISTANCE_BOTH_SPECIFIED`);
  }
  if (price === undefined && distance === undefined) {
    refuse(`${prefix}_PRICE_AND_DISTANCE_BOTH_MISSING`);
  }
}

const RESTING: readonly WireTimeInForce[] = ['GTC', 'GTD', 'GFD'];

function lifeOf(
  order: { timeInForce?: WireTimeInForce | undefined; gtdTime?: string | undefined },
  kind: OrderKind,
  prefix: string,
  refuse: (reason: string) => never,
): { timeInForce: WireTimeInForce; gtdTime: number } {
  const timeInForce = order.timeInForce ?? (kind === 'MARKET' ? 'FOK' : 'GTC');
  const isImmediate = !RESTING.includes(timeInForce);
  const fits = kind === 'LIMIT' || isImmediate === (kind === 'MARKET');
  if (!fits) refuse(`${prefix}TIME_IN_FORCE_INVALID`);
  if (timeInForce !== 'GTD') return { timeInForce, gtdTime: 0 };
  const gtd = prefix === '' ? 'TIME_IN_FORCE_GTD' : `${prefix}GTD`;
  if (order.gtdTime === undefined) return refuse(`${gtd}_TIMESTAMP_MISSING`);
  const gtdTime = parseWireTime(order.gtdTime);
  if (gtdTime === undefined) throw new MalformedRequest("Invalid value specified for 'gtdTime'");
  return { timeInForce, gtdTime };
}
