import type { ChainedJournal } from '../journal/chained-journal.ts';
import type { EnableRefusal, Kernel } from '../kernel/kernel.ts';
import type { ResolutionRefusal } from '../kernel/orders/doubt-desk.ts';
import type { ControlRefusal } from '../kernel/stopping/kill-switch.ts';
import type { EnableStrategy } from '../model/commands.ts';
import type { Control } from '../model/control.ts';
import type { OrderResolution } from '../model/doubt.ts';
import type { TimeUs } from '../model/units.ts';
import type { VenueCapabilities } from '../model/venue.ts';
import type { VenueStatus } from '../venues/venue-adapter.ts';
import type { JournalUpkeep } from './journal-keeper.ts';
import type { LastStop } from './last-stop.ts';
import type { Recovery } from './recover.ts';

/** A running engine as its host sees it, wherever its venue is. */
export interface LiveEngine extends Disposable {
  readonly kernel: Kernel;
  readonly journal: ChainedJournal;
  readonly recovery: Recovery;
  readonly lastStop: LastStop | undefined;
  readonly venue: { readonly capabilities: VenueCapabilities };
  /** How the way to the venue is; `undefined` where it is in the process. */
  readonly venueStatus: Readonly<VenueStatus> | undefined;
  /** Quotes that gave way to later ones before the journal, and those that came too late. */
  readonly quotesLeftOut: { readonly conflated: number; readonly stale: number };
  /** There was an earlier life, and this one goes on from it. */
  readonly restored: boolean;
  /** The start has come to its end: inputs are taken. */
  readonly started: boolean;
  /** True once a tape has been played to its end. */
  readonly ended: boolean;
  /** Real time since the loop last came round, µs. */
  readonly loopAgeUs: number;
  /** Engine time now. */
  readonly now: TimeUs;
  /** Is anything on its way, or unanswered? */
  readonly inFlight: boolean;
  /** The disk has no room for another segment of the journal. */
  readonly inReserve: boolean;
  /** What stands of the journal, and how the upkeep of its sealed segments goes. */
  readonly upkeep: JournalUpkeep;
  /** Begins; what has to be waited for comes by and by, and `started` says when. */
  start(): Promise<void>;
  /** Does what is due now. Call it again soon; it returns whether there was anything to feed. */
  pump(): Promise<boolean>;
  /** An operator's word on an order in doubt (X9): `undefined` when it was taken, else why not. */
  resolveOrder(resolution: OrderResolution): ResolutionRefusal | undefined;
  /** An operator's word on trading (X21, X22): `undefined` when it was taken, else why not. */
  control(control: Control): ControlRefusal | undefined;
  /** An operator lets a stopped strategy take new risk again: why not, or `undefined`. */
  enableStrategy(enable: EnableStrategy): EnableRefusal | undefined;
  /** From here on strategies ask for nothing new; what is in flight may end. */
  close(reason: string): void;
  /** A tape has ended: the strategies are told, as at the end of a backtest. */
  finish(): void;
  /** Stops cleanly: no further input, everything saved, the reason noted. */
  stop(reason: string): void;
  /** Notes why the engine died: the next start takes no new risk (X23). */
  fail(reason: string): void;
}
