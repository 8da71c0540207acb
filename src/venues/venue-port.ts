import type { LookUp } from '../model/doubt.ts';
import type { TimeUs } from '../model/units.ts';
import type { CancelSend, OrderSend, ReplaceSend } from '../model/venue.ts';

/**
 * Where orders and questions go. Answers come back later, as inputs through the sequencer. A port
 * never repeats a request: an answer that does not come in time is the report `unknown`, after the
 * connection that the request went out on was closed and that was said.
 */
export interface VenuePort {
  submit(send: OrderSend, now: TimeUs): void;
  cancel(send: CancelSend, now: TimeUs): void;
  replace(send: ReplaceSend, now: TimeUs): void;
  lookUp(lookUp: LookUp, now: TimeUs): void;
  /** Tells the facts after the cursor, in order, then that the log was read. */
  readLogFrom(cursor: number, ask: number, now: TimeUs): void;
  takeSnapshot(ask: number, now: TimeUs): void;
  /** The same, with what its positions were bought at: the answer is an `opening` (X27). */
  takeOpening(ask: number, now: TimeUs): void;
}
