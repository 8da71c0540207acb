import { fmix32 } from '../market/random.ts';
import { unreachable } from '../model/assert.ts';
import { blankTerms, OrderRole, OrderType, Side } from '../model/order.ts';
import type { InstrumentIndex, Price, Quantity } from '../model/units.ts';
import { LedgerKind } from '../model/venue.ts';
import { FAULTS, type Fault, type Faults } from './faults.ts';
import { type Fact, type RemoteBooks, remoteOrder } from './remote-books.ts';
import { endOrphans } from './remote-matching.ts';
import type { RemoteVenue } from './remote-venue.ts';

const LEDGER_FAULTS = FAULTS.slice(FAULTS.indexOf('fill_bust'), FAULTS.indexOf('unknown') + 1);

/** What an account may have seen before an engine traded it. */
const PAST: readonly Fault[] = ['transfer', 'fee', 'foreign_fill', 'foreign_order', 'financing'];

/** What the broker alone decides, every kind of it, now and then (X24). */
export class RemoteLedger {
  readonly #venue: RemoteVenue;
  readonly #books: RemoteBooks;
  readonly #faults: Faults;
  #references = 0;
  readonly #busted = new Set<Fact>();

  constructor(venue: RemoteVenue, faults: Faults) {
    this.#venue = venue;
    this.#books = venue.books;
    this.#faults = faults;
  }

  /** One opportunity for each kind of fact. */
  pass(): void {
    for (const fault of LEDGER_FAULTS) {
      const drawn = this.#faults.meets(fault);
      if (drawn !== 0) this.#happens(fault, drawn);
    }
  }

  /** What happened to the account before the engine's first start, if anything did. */
  past(): void {
    const drawn = this.#faults.meets('past');
    if (drawn === 0) return;
    const facts = 1 + (drawn % 4);
    for (let i = 0; i < facts; i++) {
      const of = PAST[(drawn >>> (4 * i)) % PAST.length];
      if (of !== undefined) this.#happens(of, fmix32(drawn + i));
    }
  }

  #reference(): string {
    this.#references += 1;
    return `r${this.#references}`;
  }

  #happens(fault: Fault, drawn: number): void {
    const books = this.#books;
    const k = (drawn % books.mids.length) as InstrumentIndex;
    const money = ((drawn >>> 8) % 5_000_000) - 2_500_000;
    const reference = this.#reference();
    const here = { instrument: k, hasInstrument: true, reference };
    switch (fault) {
      case 'fill_bust':
      case 'fill_correction':
        this.#undoFill(fault, drawn);
        return;
      case 'foreign_order':
        this.#foreignOrder(k, drawn);
        return;
      case 'foreign_fill':
        this.#moved(k, drawn);
        return;
      case 'margin_call':
        books.ledger({ fact: LedgerKind.marginCall, reference });
        return;
      case 'margin_closeout':
        this.#closeOut(k);
        return;
      case 'financing':
        books.ledger({ fact: LedgerKind.financing, ...here }, money);
        return;
      case 'fee':
        books.ledger({ fact: LedgerKind.fee, reference }, -Math.abs(money));
        return;
      case 'transfer':
        books.ledger({ fact: LedgerKind.transfer, reference }, money * 10);
        return;
      case 'adjustment':
        books.ledger({ fact: LedgerKind.adjustment, reference }, money);
        return;
      case 'account_reset': {
        const amount = this.#venue.reset((at) => this.#closeOut(at as InstrumentIndex));
        books.ledger({ fact: LedgerKind.accountReset, reference }, amount);
        return;
      }
      case 'account_config':
        books.ledger({ fact: LedgerKind.accountConfig, reference, reason: 'leverage' });
        return;
      case 'instrument_halt':
        books.ledger({ fact: LedgerKind.instrumentHalt, ...here });
        this.#venue.halt(k, 1_000_000 + (drawn % 5_000_000));
        return;
      case 'unknown':
        books.ledger({ fact: LedgerKind.unknown, reference });
        return;
      default:
        unreachable(fault as never);
    }
  }

  /** An execution of ours is taken back, or a part of it. */
  #undoFill(fault: 'fill_bust' | 'fill_correction', drawn: number): void {
    const books = this.#books;
    const fills = [...books.orders.values()].flatMap((order) => order.fills);
    const fact = fills[drawn % Math.max(1, fills.length)];
    if (fact === undefined || this.#busted.has(fact) || !('fill' in fact.input)) return;
    const { instrument, side, quantity, price, executionId } = fact.input.fill;
    this.#busted.add(fact);
    const isBust = fault === 'fill_bust';
    const taken = isBust ? quantity : 1 + (drawn % quantity);
    books.ledger({
      fact: isBust ? LedgerKind.fillBust : LedgerKind.fillCorrection,
      instrument,
      hasInstrument: true,
      quantity: (-side * taken) as Quantity,
      price,
      reference: executionId,
    });
    endOrphans(books, instrument);
  }

  /** Someone trades the account by hand: an order that rests and is none of ours. */
  #foreignOrder(k: InstrumentIndex, drawn: number): void {
    const books = this.#books;
    const clientOrderId = `hand${this.#references}`;
    const brokerOrderId = books.nextBrokerId();
    const none = { stopLossId: '', takeProfitId: '', role: OrderRole.order, parent: undefined };
    const order = remoteOrder(
      { clientOrderId, brokerOrderId, ...none },
      {
        ...blankTerms(),
        instrument: k,
        side: drawn % 2 === 0 ? Side.buy : Side.sell,
        type: OrderType.limit,
        quantity: 5 as Quantity,
        limitPrice: 60_000 as Price,
      },
      true,
    );
    books.add(order);
    books.changed(order);
    const fact = LedgerKind.foreignOrder;
    books.ledger({ fact, instrument: k, hasInstrument: true, reference: clientOrderId });
  }

  #moved(k: InstrumentIndex, drawn: number): void {
    const books = this.#books;
    const quantity = (1 + (drawn % 9)) * (drawn % 2 === 0 ? 1 : -1);
    books.ledger({
      fact: LedgerKind.foreignFill,
      instrument: k,
      hasInstrument: true,
      quantity: quantity as Quantity,
      price: (quantity > 0 ? books.ask(k) : books.bid(k)) as Price,
      reference: `f${this.#references}`,
    });
    endOrphans(books, k);
  }

  #closeOut(k: InstrumentIndex): void {
    const books = this.#books;
    const held = books.position(k).quantity;
    if (held === 0) return;
    books.ledger({
      fact: LedgerKind.marginCloseout,
      instrument: k,
      hasInstrument: true,
      quantity: -held as Quantity,
      price: (held > 0 ? books.bid(k) : books.ask(k)) as Price,
      reference: this.#reference(),
    });
    endOrphans(books, k);
  }
}
