import type { z } from 'zod';
import { DecimalError } from '../../model/decimal.ts';
import type { AppliedInput } from '../../model/inputs.ts';
import { type Money, NO_TIME } from '../../model/units.ts';
import { LedgerKind } from '../../model/venue.ts';
import { orderFilled } from './fill-facts.ts';
import { dividendFact, financingFact, plainFact, transferFact } from './ledger-facts.ts';
import { cancelRefused, nothing, orderCancelled, orderMade, orderRefused } from './order-facts.ts';
import { ledgerInput, type Place, type Scene } from './scene.ts';
import {
  moneySchema,
  orderEndSchema,
  orderFillSchema,
  orderMadeSchema,
  type WireTransaction,
} from './schemas.ts';
import { readMoney, readTime, WireError } from './wire-values.ts';

type Meaning = (scene: Scene, place: Place, told: WireTransaction) => readonly AppliedInput[];

function read<T>(schema: z.ZodType<T>, told: WireTransaction): T {
  const result = schema.safeParse(told);
  if (result.success) return result.data;
  throw new WireError(
    `its field ${result.error.issues[0]?.path.join('.') ?? ''} is not as it must be`,
  );
}

const made: Meaning = (scene, place, told) => [
  orderMade(scene, place, told.id, told.type, read(orderMadeSchema, told)),
];
const refused: Meaning = (scene, place, told) => [
  orderRefused(scene, place, read(orderMadeSchema, told)),
];
const noChange: Meaning = (scene, place, { type }) => [nothing(scene, place, type.toLowerCase())];

function plain(fact: LedgerKind): Meaning {
  return (scene, place, { id, type }) => [plainFact(scene, place, fact, id, type)];
}

/** What each type of transaction means to the engine (X24); any other type is `unknown`. */
const MEANINGS: Readonly<Record<string, Meaning>> = {
  CREATE: noChange,
  // No order is taken any more, and the reason is nobody's here.
  CLOSE: plain(LedgerKind.unknown),
  REOPEN: noChange,
  CLIENT_CONFIGURE: noChange,
  CLIENT_CONFIGURE_REJECT: noChange,
  TRANSFER_FUNDS: (scene, place, told) => [
    transferFact(scene, place, told.id, read(moneySchema, told)),
  ],
  TRANSFER_FUNDS_REJECT: noChange,
  MARKET_ORDER: made,
  FIXED_PRICE_ORDER: made,
  LIMIT_ORDER: made,
  STOP_ORDER: made,
  MARKET_IF_TOUCHED_ORDER: made,
  TAKE_PROFIT_ORDER: made,
  STOP_LOSS_ORDER: made,
  GUARANTEED_STOP_LOSS_ORDER: made,
  TRAILING_STOP_LOSS_ORDER: made,
  MARKET_ORDER_REJECT: refused,
  LIMIT_ORDER_REJECT: refused,
  STOP_ORDER_REJECT: refused,
  MARKET_IF_TOUCHED_ORDER_REJECT: refused,
  TAKE_PROFIT_ORDER_REJECT: refused,
  STOP_LOSS_ORDER_REJECT: refused,
  GUARANTEED_STOP_LOSS_ORDER_REJECT: refused,
  TRAILING_STOP_LOSS_ORDER_REJECT: refused,
  ORDER_FILL: (scene, place, told) =>
    orderFilled(scene, place, told.id, read(orderFillSchema, told)),
  ORDER_CANCEL: (scene, place, told) => [orderCancelled(scene, place, read(orderEndSchema, told))],
  ORDER_CANCEL_REJECT: (scene, place, told) => [
    cancelRefused(scene, place, read(orderEndSchema, told)),
  ],
  ORDER_CLIENT_EXTENSIONS_MODIFY: noChange,
  ORDER_CLIENT_EXTENSIONS_MODIFY_REJECT: noChange,
  TRADE_CLIENT_EXTENSIONS_MODIFY: noChange,
  TRADE_CLIENT_EXTENSIONS_MODIFY_REJECT: noChange,
  MARGIN_CALL_ENTER: plain(LedgerKind.marginCall),
  MARGIN_CALL_EXTEND: plain(LedgerKind.marginCall),
  MARGIN_CALL_EXIT: plain(LedgerKind.marginCall),
  // What it announces comes as fills that are none of ours.
  DELAYED_TRADE_CLOSURE: noChange,
  DAILY_FINANCING: (scene, place, told) => [
    financingFact(scene, place, told.id, read(moneySchema, told)),
  ],
  DIVIDEND_ADJUSTMENT: (scene, place, told) => [
    dividendFact(scene, place, told.id, read(moneySchema, told)),
  ],
  RESET_RESETTABLE_PL: plain(LedgerKind.accountReset),
};

/**
 * A transaction as inputs. Exactly one of them bears its number, and comes last: the log is dense,
 * and so are the facts. What cannot be read, of a type nobody knows or with a price between two
 * increments, is the fact `unknown`, which holds the account: nothing is rounded or passed over.
 */
export function translate(
  scene: Scene,
  told: WireTransaction,
  cursor: number,
): readonly AppliedInput[] {
  try {
    const place = { cursor, venueTime: readTime(told.time) };
    const meaning = Object.hasOwn(MEANINGS, told.type) ? MEANINGS[told.type] : undefined;
    if (meaning === undefined) throw new WireError('nobody knows its type');
    return meaning(scene, place, told);
  } catch (error) {
    if (!(error instanceof WireError || error instanceof DecimalError)) throw error;
    return [unreadable(scene, told, cursor, error.message)];
  }
}

/** Holds the account; where a balance is stated, the books follow the money. */
function unreadable(
  scene: Scene,
  told: WireTransaction,
  cursor: number,
  why: string,
): AppliedInput {
  const place = { cursor, venueTime: NO_TIME };
  const balance = statedBalance(scene, told) ?? scene.engine.balance;
  return ledgerInput(scene, place, {
    fact: LedgerKind.unknown,
    amount: (balance - scene.engine.balance) as Money,
    balance,
    reference: told.id,
    reason: `${told.type}: ${why}`.slice(0, 200),
  });
}

function statedBalance({ decimals }: Scene, told: WireTransaction): Money | undefined {
  const text = told['accountBalance'];
  if (typeof text !== 'string') return undefined;
  try {
    return readMoney(text, decimals);
  } catch (error) {
    if (error instanceof DecimalError) return undefined;
    throw error;
  }
}
