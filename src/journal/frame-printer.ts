import { Decoder } from '../model/codec.ts';
import { clientOrderId, decisionId } from '../model/ids.ts';
import { InputKind, walkInput } from '../model/inputs.ts';
import { type PrintedValue, Printer } from '../model/printer.ts';
import { RecordKind, walkRecord } from '../model/records.ts';
import { formatUtc } from '../model/time.ts';
import { NO_ORDER, type OrderHandle, type TimeUs } from '../model/units.ts';
import { type Frame, readFrame } from './read-frame.ts';

/** Names of the kinds of frames, as they are printed and filtered by. */
const KIND_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries({ ...InputKind, ...RecordKind }).map(([name, kind]) => [kind, snakeCase(name)]),
);
export const FRAME_KINDS: readonly string[] = [...KIND_NAMES.values()];

function snakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** A frame in names and numbers that people and scripts read. */
export interface PrintedFrame {
  /** Its number in the journal. */
  readonly frame: number;
  /** Number and time of the input that it is, or that it was decided from. */
  readonly seq: number;
  readonly time: string;
  readonly kind: string;
  readonly [field: string]: PrintedValue;
}

type PrintedFields = Readonly<Record<string, PrintedValue>>;

interface BootSeen {
  readonly prefix: string;
  readonly nonce: string;
  readonly handleBefore: OrderHandle;
}

/** Field names under which a frame names an order. */
const ORDER_FIELDS: readonly string[] = ['order', 'parent', 'stopLossOrder', 'takeProfitOrder'];

/** What a printed structure holds under a name, at any depth. */
function* valuesOf(value: PrintedValue, names: readonly string[]): Generator<PrintedValue> {
  if (typeof value !== 'object') return;
  if (Array.isArray(value)) {
    for (const item of value) yield* valuesOf(item, names);
    return;
  }
  for (const [name, inner] of Object.entries(value as PrintedFields)) {
    if (names.includes(name)) yield inner;
    yield* valuesOf(inner, names);
  }
}

/**
 * Turns frames into what people read, in order. It follows the journal: the `configured` input says
 * how instruments and strategies are called, `started` how orders are.
 */
export class FramePrinter {
  #symbols: readonly string[] = [];
  #strategies: readonly string[] = [];
  readonly #boots: BootSeen[] = [];
  #lastHandle = NO_ORDER;

  /** Reads the frame whose body is `bytes`. Throws `CodecError` for bytes that are no frame. */
  read(bytes: Uint8Array): Frame {
    const io = new Decoder(bytes);
    const frame = readFrame(io);
    io.end();
    this.#follow(frame);
    return frame;
  }

  /** Prints the frame whose body is `bytes`. Throws `CodecError` for bytes that are no frame. */
  print(number: number, bytes: Uint8Array): PrintedFrame {
    const frame = this.read(bytes);
    const { kind, fields } = printed(frame);
    const { seq, time } = frame;
    const at = { frame: number, seq, time: formatUtc(time as TimeUs), kind };
    return { ...at, ...this.#names(fields), ...fields };
  }

  #follow(frame: Frame): void {
    if (frame.what === 'record') {
      const { record } = frame;
      if (record.kind !== RecordKind.intent) return;
      const { order, stopLossOrder, takeProfitOrder } = record;
      this.#issued(Math.max(order, stopLossOrder, takeProfitOrder) as OrderHandle);
      return;
    }
    const { input } = frame;
    if (input.kind === InputKind.configured) this.#configured(input.configuration);
    if (input.kind !== InputKind.started) return;
    this.#issued(input.handlesTaken);
    const { prefix, nonce } = input;
    this.#boots.push({ prefix, nonce, handleBefore: this.#lastHandle });
  }

  #issued(handle: OrderHandle): void {
    if (handle > this.#lastHandle) this.#lastHandle = handle;
  }

  #configured(text: string): void {
    const { instruments, strategies } = JSON.parse(text) as {
      readonly instruments?: { readonly definitions?: readonly { readonly symbol: string }[] };
      readonly strategies?: readonly { readonly id: string }[];
    };
    this.#symbols = (instruments?.definitions ?? []).map(({ symbol }) => symbol);
    this.#strategies = (strategies ?? []).map(({ id }) => id);
  }

  /** What the frame's numbers are called, where the journal has said so. */
  #names(fields: PrintedFields): Record<string, PrintedValue> {
    const names: Record<string, PrintedValue> = {};
    const decision = this.#decisionId(fields);
    if (decision !== undefined) names['decisionId'] = decision;
    for (const order of valuesOf(fields, ['order'])) {
      const id = typeof order === 'number' ? this.clientOrderId(order as OrderHandle) : undefined;
      if (id !== undefined) names['clientOrderId'] = id;
    }
    for (const index of valuesOf(fields, ['instrument'])) {
      const symbol = typeof index === 'number' ? this.#symbols[index] : undefined;
      if (symbol !== undefined) names['symbol'] ??= symbol;
    }
    return names;
  }

  /** Strategy and instrument by index, and the decision's number. */
  #decisionId({ strategy, instrument, decision }: PrintedFields): string | undefined {
    const id = this.#strategies[Number(strategy)];
    const symbol = this.#symbols[Number(instrument)];
    const number = Number(decision ?? 0);
    if (id === undefined || symbol === undefined || number === 0) return undefined;
    return decisionId(id, symbol, number);
  }

  /** The id that the broker saw of an order, or `undefined` before the first start. */
  clientOrderId(handle: OrderHandle): string | undefined {
    const boot = this.#boots.findLast(({ handleBefore }) => handleBefore < handle);
    return boot && clientOrderId(boot.prefix, boot, handle);
  }
}

function printed(frame: Frame): { readonly kind: string; readonly fields: PrintedFields } {
  const printer = new Printer();
  const kind = frame.what === 'input' ? frame.input.kind : frame.record.kind;
  if (frame.what === 'input') walkInput(printer, frame.input);
  else walkRecord(printer, frame.record);
  const fields = printer.value as PrintedFields;
  return { kind: KIND_NAMES.get(kind) ?? String(kind), fields };
}

/** Which frames are wanted; what is left out wants all. */
export interface FrameFilter {
  readonly kinds?: readonly string[];
  /** A handle, or a client order id; {@link OrderNames} knows the broker's too. */
  readonly order?: string;
  readonly decision?: string;
  /** ISO 8601, as frames print it; `from` inclusive, `to` exclusive. */
  readonly from?: string;
  readonly to?: string;
}

/** Does a frame concern what is asked for? An order's children and parent concern it. */
export function concerns(frame: PrintedFrame, filter: FrameFilter): boolean {
  const { kinds, order, decision, from, to } = filter;
  if (kinds !== undefined && !kinds.includes(frame.kind)) return false;
  if (from !== undefined && frame.time < from) return false;
  if (to !== undefined && frame.time >= to) return false;
  if (decision !== undefined && frame['decisionId'] !== decision) return false;
  if (order === undefined || frame['clientOrderId'] === order) return true;
  for (const value of valuesOf(frame, ORDER_FIELDS)) {
    if (value !== NO_ORDER && String(value) === order) return true;
  }
  return false;
}

/** Marks an id as the broker's, where it could be taken for an engine's number. */
const BROKER = 'broker:';

/**
 * Finds the order that a name is for: the engine's number, the client order id, or any id that the
 * broker has had for it (X5). It is shown every frame up to where the name is said.
 */
export class OrderNames {
  readonly #name: string;
  /** The order's number, once it is known. */
  order: string | undefined;

  constructor(name: string) {
    const isBrokers = name.startsWith(BROKER);
    this.#name = isBrokers ? name.slice(BROKER.length) : name;
    if (!isBrokers && /^\d+$/.test(name)) this.order = name;
  }

  look(frame: PrintedFrame): void {
    if (this.order !== undefined) return;
    const isNamed = frame['clientOrderId'] === this.#name || brokerIdOf(frame) === this.#name;
    if (isNamed) this.order = String(frame['order'] ?? '');
  }
}

/** The ids that the broker has had for one order, as far as the frames shown to it say. */
export class BrokerIds {
  readonly #order: string;
  readonly #ids: string[] = [];

  constructor(order: string) {
    this.#order = order;
  }

  /** The frame, with the chain of ids beside it where one is known. */
  with(frame: PrintedFrame): PrintedFrame {
    const id = brokerIdOf(frame);
    const isNew = id !== undefined && !this.#ids.includes(id);
    if (isNew && String(frame['order']) === this.#order) this.#ids.push(id);
    return this.#ids.length === 0 ? frame : { ...frame, brokerOrderIds: [...this.#ids] };
  }
}

/** The id that the venue, or a record of its word, gives the order of the frame. */
function brokerIdOf(frame: PrintedFrame): string | undefined {
  const { brokerOrderId } = frame;
  return typeof brokerOrderId === 'string' && brokerOrderId !== '' ? brokerOrderId : undefined;
}
