import type { Disk } from '../journal/disk.ts';
import { droppableThrough, droppedEnds, type Retention } from '../journal/retention.ts';
import type { JournalSizes } from '../journal/segment-inventory.ts';
import type { SegmentStore } from '../journal/segment-store.ts';
import { SegmentUpkeep } from '../journal/segment-upkeep.ts';
import type { SnapshotStore } from '../journal/snapshot-store.ts';
import { US_PER_SECOND } from '../model/time.ts';
import type { LogPort } from './ports.ts';

/** What has come of age is looked for so often, engine time. */
const LOOK_EVERY_US = 60 * US_PER_SECOND;
/** What failed is tried again after this, engine time, and then doubling. */
const RETRY_FIRST_US = 60 * US_PER_SECOND;
const RETRY_MOST_US = 3600 * US_PER_SECOND;

/** What stands of a journal, and how its upkeep goes. */
export interface JournalUpkeep extends JournalSizes {
  /** Attempts at packing, dropping or archiving that failed, since the start. */
  readonly failures: number;
  /** Why the last one did, until all that is due has been done; else empty. */
  readonly problem: string;
}

/** What upkeep is made of. */
export interface KeeperParts {
  readonly disk: Disk;
  /** The journal's own directory. */
  readonly directory: string;
  readonly retention: Retention;
  readonly store: SegmentStore;
  readonly snapshots: SnapshotStore;
  readonly log: LogPort;
}

/**
 * Keeps the sealed segments of a running journal as its retention says, a step at a time. What a
 * start may need is left as it is: behind the snapshot before the newest nothing is dropped or
 * archived. A failure is told, counted and tried again later; trading goes on, since the journal is
 * whole without it. Nothing is done while the journal is in trouble, or has no room ahead.
 */
export class JournalKeeper {
  readonly #parts: KeeperParts;
  readonly #upkeep: SegmentUpkeep;
  /** First frame of the newest segment that is known here. */
  #segment: number = 0;
  /** Engine time, µs. */
  #nextAt: number = 0;
  #isFailing = false;
  #wait: number = RETRY_FIRST_US;
  #failures = 0;
  #problem = '';

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.#upkeep = new SegmentUpkeep(parts.disk, parts.directory, parts.retention);
  }

  get status(): JournalUpkeep {
    return { ...this.#upkeep.sizes, failures: this.#failures, problem: this.#problem };
  }

  /** Makes a step where one is due at `now`, engine time. */
  tend(now: number): void {
    const { store } = this.#parts;
    const hasRolled = store.segment !== this.#segment;
    const isDue = now >= this.#nextAt || (hasRolled && !this.#isFailing);
    if (!isDue || !store.isAtEase) return;
    try {
      if (hasRolled) this.#upkeep.rolled();
      this.#segment = store.segment;
      if (this.#upkeep.step(now, this.#reach) === undefined) this.#done(now);
      else this.#nextAt = now;
    } catch (error) {
      this.#failed(now, error);
    }
  }

  /** Both by the frames of snapshots: what is archived may be taken elsewhere. */
  get #reach() {
    const through = droppableThrough(this.#parts.snapshots.frames());
    return { drop: through, archive: through };
  }

  #done(now: number): void {
    this.#nextAt = now + LOOK_EVERY_US;
    if (this.#isFailing)
      this.#parts.log.info({ failures: this.#failures }, 'upkeep of sealed segments is made good');
    this.#isFailing = false;
    this.#wait = RETRY_FIRST_US;
    this.#problem = '';
  }

  #failed(now: number, error: unknown): void {
    this.#isFailing = true;
    this.#failures += 1;
    this.#problem = error instanceof Error ? error.message : String(error);
    this.#nextAt = now + this.#wait;
    const seconds = this.#wait / US_PER_SECOND;
    this.#wait = Math.min(2 * this.#wait, RETRY_MOST_US);
    const text = `upkeep of sealed segments failed; again in ${seconds} s: ${this.#problem}`;
    this.#parts.log.error({ code: 'JOURNAL_UPKEEP_FAILED', failures: this.#failures }, text);
  }

  /** The last frame of each stretch whose market data was dropped, as the directory says now. */
  droppedEnds(): number[] {
    return droppedEnds(this.#upkeep.listed());
  }
}
