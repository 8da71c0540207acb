import { ORDER_EVENTS } from '../../kernel/orders/life-cycle.ts';
import { EDGES } from '../../kernel/orders/transitions.ts';
import type { RecordSink } from '../../kernel/recorder.ts';
import { present, unreachable } from '../../model/assert.ts';
import { EXIT_JOB_STEPS, type ExitJob } from '../../model/exit-job.ts';
import { type ExitRetry, RETRY_STEPS } from '../../model/exit-retry.ts';
import { DENY_REASONS, GATE_NAMES, TRADING_STATES } from '../../model/gate.ts';
import {
  type DecisionRef,
  ORDER_ROLES,
  ORDER_STATES,
  ORDER_TYPES,
  OrderFlag,
  type OrderTerms,
  Side,
  TIMES_IN_FORCE,
} from '../../model/order.ts';
import {
  ACTIONS,
  type ChildOpenedRecord,
  type DecisionRecord,
  type DenialRecord,
  type FillBookedRecord,
  type IntentRecord,
  type KernelRecord,
  type OrderMovedRecord,
  RecordKind,
} from '../../model/records.ts';
import { formatUtc } from '../../model/time.ts';
import {
  type InstrumentIndex,
  NO_ORDER,
  type OrderHandle,
  type Price,
  type Quantity,
  type TimeUs,
} from '../../model/units.ts';
import type { RunNames } from './run-names.ts';
import { TextFile } from './text-file.ts';

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [OrderFlag.cancelPending, 'cancel_pending'],
  [OrderFlag.replacePending, 'replace_pending'],
  [OrderFlag.cancelInDoubt, 'cancel_in_doubt'],
  [OrderFlag.replaceInDoubt, 'replace_in_doubt'],
  [OrderFlag.revived, 'revived'],
  [OrderFlag.lateFill, 'late_fill'],
];

function textOrNothing(text: string): string | undefined {
  return text === '' ? undefined : text;
}

function orderOrNothing(handle: OrderHandle): OrderHandle | undefined {
  return handle === NO_ORDER ? undefined : handle;
}

/**
 * `orders.jsonl`: what happened to orders, one line a record, in order. `record` says what it is:
 * `decision` (a strategy asked), `denial` (a gate said no), `intent` (the engine will send it),
 * `order_moved` (the order's state, or the venue's word), `child_opened` (a stop or target that the
 * venue holds), `fill` (in brief: `fills.jsonl` has the money), `cancel_intent`, `replace_intent`,
 * `exit_retry` (the engine sends an exit again), `trading_state`. Prices and quantities are plain
 * decimals; what does not apply is left out.
 */
export class OrdersJsonl implements RecordSink, Disposable {
  readonly #names: RunNames;
  readonly #file: TextFile;

  constructor(path: string, names: RunNames) {
    this.#names = names;
    this.#file = new TextFile(path);
  }

  record(record: KernelRecord, seq: number, time: number): void {
    const facts = this.#facts(record);
    if (facts === undefined) return;
    const line = { seq, time: formatUtc(time as TimeUs), ...facts };
    this.#file.write(`${JSON.stringify(line)}\n`);
  }

  #facts(record: KernelRecord): object | undefined {
    switch (record.kind) {
      case RecordKind.decision:
        return this.#decision(record);
      case RecordKind.denial:
        return this.#denial(record);
      case RecordKind.intent:
        return this.#intent(record);
      case RecordKind.orderMoved:
        return this.#moved(record);
      case RecordKind.childOpened:
        return this.#childOpened(record);
      case RecordKind.fillBooked:
        return this.#fill(record);
      case RecordKind.cancelIntent: {
        const { order, attempt, decision } = record;
        return { record: 'cancel_intent', ...this.#ids(order, decision), attempt };
      }
      case RecordKind.replaceIntent: {
        const { order, attempt, decision } = record;
        const change = this.#change(decision.instrument, record);
        return { record: 'replace_intent', ...this.#ids(order, decision), attempt, ...change };
      }
      case RecordKind.exitRetry:
        return this.#exitRetry(record.exitRetry);
      case RecordKind.exitJob:
        return this.#exitJob(record.exitJob);
      case RecordKind.tradingState: {
        const from = present(TRADING_STATES[record.from], 'trading state');
        const to = present(TRADING_STATES[record.to], 'trading state');
        return { record: 'trading_state', from, to, by: record.by, reason: record.reason };
      }
      case RecordKind.tradeClosed:
      case RecordKind.ledgerBooked:
      case RecordKind.equityMark:
      case RecordKind.alert:
      case RecordKind.asked:
      case RecordKind.verdict:
      case RecordKind.reconciled:
      case RecordKind.riskDay:
      case RecordKind.railTripped:
      case RecordKind.adopted:
      case RecordKind.overridden:
      case RecordKind.flattening:
        return undefined;
      default:
        return unreachable(record);
    }
  }

  #ids(order: OrderHandle, decision: DecisionRef): object {
    return {
      decisionId: this.#names.decisionId(decision),
      order,
      clientOrderId: this.#names.clientOrderId(order),
      symbol: this.#names.symbol(decision.instrument),
    };
  }

  #terms(terms: OrderTerms): object {
    const names = this.#names;
    const { instrument: k } = terms;
    return {
      side: terms.side === Side.buy ? 'buy' : 'sell',
      type: present(ORDER_TYPES[terms.type], 'order type'),
      timeInForce: present(TIMES_IN_FORCE[terms.timeInForce], 'time in force'),
      quantity: names.quantity(k, terms.quantity),
      limitPrice: names.price(k, terms.limitPrice),
      stopPrice: names.price(k, terms.stopPrice),
      expireTime: names.time(terms.expireTime),
      reduceOnly: terms.reduceOnly ? true : undefined,
      stopLoss: names.price(k, terms.stopLoss),
      takeProfit: names.price(k, terms.takeProfit),
    };
  }

  /** Quantity and prices in force; a quantity of 0 says that nothing changed. */
  #change(
    k: InstrumentIndex,
    {
      quantity,
      limitPrice,
      stopPrice,
    }: { readonly quantity: Quantity; readonly limitPrice: Price; readonly stopPrice: Price },
  ): object {
    if (quantity === 0) return {};
    const names = this.#names;
    return {
      quantity: names.quantity(k, quantity),
      limitPrice: names.price(k, limitPrice),
      stopPrice: names.price(k, stopPrice),
    };
  }

  #decision({ action, decision, key, terms, order }: DecisionRecord): object {
    return {
      record: 'decision',
      decisionId: this.#names.decisionId(decision),
      action: present(ACTIONS[action], 'action'),
      order: orderOrNothing(order),
      symbol: this.#names.symbol(decision.instrument),
      ...this.#terms(terms),
      key: textOrNothing(key),
    };
  }

  #denial(denial: DenialRecord): object {
    return {
      record: 'denial',
      decisionId: this.#names.decisionId(denial.decision),
      symbol: this.#names.symbol(denial.decision.instrument),
      gate: present(GATE_NAMES[denial.gate], 'gate'),
      reason: present(DENY_REASONS[denial.reason], 'reason'),
      limit: textOrNothing(denial.limit),
      observed: textOrNothing(denial.observed),
      mode: denial.shadow ? 'shadow' : 'enforce',
      scope: denial.entryOnly ? 'entry' : 'order',
      allowed:
        denial.allowed > 0
          ? this.#names.quantity(denial.decision.instrument, denial.allowed)
          : undefined,
    };
  }

  #intent(intent: IntentRecord): object {
    const { order, decision, terms, requested, exitQuantity } = intent;
    const k = terms.instrument;
    return {
      record: 'intent',
      ...this.#ids(order, decision),
      ...this.#terms(terms),
      requested: this.#names.quantity(k, requested),
      exitQuantity: this.#names.quantity(k, exitQuantity),
      stopLossOrder: orderOrNothing(intent.stopLossOrder),
      takeProfitOrder: orderOrNothing(intent.takeProfitOrder),
    };
  }

  #moved(moved: OrderMovedRecord): object {
    const { decision, terms } = this.#names.order(moved.order);
    const edge = present(EDGES[moved.edge], 'edge');
    const flags = FLAG_NAMES.filter(([bit]) => (moved.flags & bit) !== 0).map(([, name]) => name);
    return {
      record: 'order_moved',
      ...this.#ids(moved.order, decision),
      event: present(ORDER_EVENTS[moved.event], 'order event'),
      from: present(ORDER_STATES[moved.from], 'state'),
      to: present(ORDER_STATES[moved.to], 'state'),
      edge: edge === 'move' || edge === 'same' ? undefined : edge,
      flags: flags.length === 0 ? undefined : flags,
      reason: textOrNothing(moved.reason),
      brokerOrderId: textOrNothing(moved.brokerOrderId),
      ...this.#change(terms.instrument, moved),
      venueTime: this.#names.time(moved.venueTime),
    };
  }

  #childOpened(child: ChildOpenedRecord): object {
    const { decision, terms } = this.#names.order(child.parent);
    return {
      record: 'child_opened',
      ...this.#ids(child.order, decision),
      parent: child.parent,
      role: present(ORDER_ROLES[child.role], 'role'),
      side: terms.side === Side.buy ? 'sell' : 'buy',
      brokerOrderId: textOrNothing(child.brokerOrderId),
      ...this.#change(terms.instrument, child),
      venueTime: this.#names.time(child.venueTime),
    };
  }

  #exitRetry({ step, order, retry, instrument, quantity, attempts, nextAt }: ExitRetry): object {
    return {
      record: 'exit_retry',
      step: present(RETRY_STEPS[step], 'step'),
      order,
      retry: orderOrNothing(retry),
      symbol: this.#names.symbol(instrument),
      quantity: this.#names.quantity(instrument, quantity),
      attempts,
      nextAt: this.#names.time(nextAt),
    };
  }

  #exitJob({ step, job, decision, terms, first, order, reason }: ExitJob): object {
    const { instrument, quantity } = terms;
    return {
      record: 'exit_job',
      step: present(EXIT_JOB_STEPS[step], 'step'),
      job,
      decisionId: this.#names.decisionId(decision),
      first: orderOrNothing(first),
      order: orderOrNothing(order),
      left: this.#names.quantity(instrument, quantity),
      reason: textOrNothing(reason),
    };
  }

  #fill({ fill, to, filled }: FillBookedRecord): object {
    const names = this.#names;
    const { instrument: k } = fill;
    return {
      record: 'fill',
      ...this.#ids(fill.order, names.order(fill.order).decision),
      executionId: fill.executionId,
      quantity: names.quantity(k, fill.quantity),
      price: names.price(k, fill.price),
      filled: names.quantity(k, filled),
      to: present(ORDER_STATES[to], 'state'),
      venueTime: names.time(fill.venueTime),
    };
  }

  finish(): void {
    this.#file.finish();
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
