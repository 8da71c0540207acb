import {
  defineStrategy,
  type InstrumentIndex,
  type OrderHandle,
  type PlainData,
  type Strategy,
  type StrategyContext,
  type StrategySetup,
} from 'tiyf-engine/strategy';
import { z } from 'zod';
import { DecisionFileError, parseRows, type Row, type Terms, termsOf } from './decisions.ts';

/**
 * `decisions` is the text of a file: the configuration names the file, and the engine puts its text
 * in place. So the decisions are part of the configuration and of its hash, and this strategy reads
 * nothing by itself.
 */
const parameters = z.strictObject({
  decisions: z.string().superRefine((text, context) => {
    try {
      parseRows(text);
    } catch (error) {
      if (!(error instanceof DecisionFileError)) throw error;
      context.addIssue({ code: 'custom', message: error.message });
    }
  }),
});

interface Decision {
  readonly row: Row;
  readonly instrument: InstrumentIndex;
  readonly terms: Terms;
  readonly key: string;
}

const TIMER = 'next decision';

/** Replays decisions from a file at their times. */
class Scripted implements Strategy {
  readonly #decisions: readonly Decision[];
  #next = 0;

  constructor(setup: StrategySetup, text: string) {
    this.#decisions = parseRows(text).map((row) => {
      const instrument = setup.instrument(row.cells.symbol);
      const terms = termsOf(row, setup.definition(instrument));
      return { row, instrument, terms, key: row.cells.key || `line-${row.line}` };
    });
  }

  onStart(context: StrategyContext): void {
    this.#plan(context);
  }

  onTimer(context: StrategyContext): void {
    for (;;) {
      const decision = this.#decisions[this.#next];
      if (decision === undefined || decision.row.time > context.time) break;
      this.#next += 1;
      this.#carryOut(context, decision);
    }
    this.#plan(context);
  }

  #plan(context: StrategyContext): void {
    const next = this.#decisions[this.#next];
    if (next !== undefined) context.setTimer(TIMER, next.row.time);
  }

  /** Refusals are in the engine's records; the script goes on. */
  #carryOut(context: StrategyContext, { row, instrument, terms, key }: Decision): void {
    if (row.action === 'submit') {
      context.submit({ instrument, key, ...terms });
      return;
    }
    const order = orderOf(context, key);
    if (order === undefined) return;
    if (row.action === 'cancel') {
      context.cancel(order);
      return;
    }
    const { quantity, limitPrice, stopPrice } = terms;
    context.replace(order, {
      quantity,
      ...(limitPrice === undefined ? {} : { limitPrice }),
      ...(stopPrice === undefined ? {} : { stopPrice }),
    });
  }

  save(): PlainData {
    return { next: this.#next };
  }

  restore(data: PlainData): void {
    this.#next = z.strictObject({ next: z.int() }).parse(data).next;
  }
}

/** The engine puts the strategy's id before the key. */
function orderOf(context: StrategyContext, key: string): OrderHandle | undefined {
  return context.openOrders().find((order) => order.key.endsWith(`|${key}`))?.order;
}

export const strategy = defineStrategy({
  name: 'scripted',
  version: 1,
  parameters,
  create: (setup, { decisions }) => new Scripted(setup, decisions),
});
