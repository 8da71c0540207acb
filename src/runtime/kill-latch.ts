import { join } from 'node:path';
import type { Disk } from '../journal/disk.ts';
import { writeWhole } from '../journal/segment-files.ts';
import { blankControl, type Control, ControlAction } from '../model/control.ts';
import { TRADING_STATES, type TradingState } from '../model/gate.ts';

/** What somebody left for an engine that was not there to hear it. */
export interface Latch {
  readonly tradingState: 'exit_only' | 'halted';
  readonly flatten: boolean;
  readonly by: string;
  readonly reason: string;
}

const NAME = 'kill.latch';
const TEXT_MAX = 500;

/** A file with this name stops the engine, whatever is in it: somebody made it in haste. */
const UNREADABLE: Latch = {
  tradingState: 'exit_only',
  flatten: false,
  by: 'file',
  reason: `${NAME} was found, and does not say why`,
};

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, TEXT_MAX).trim() : '';
}

function parse(content: string): Latch {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return UNREADABLE;
  }
  if (typeof value !== 'object' || value === null) return UNREADABLE;
  const { tradingState, flatten, by, reason } = value as Partial<Record<keyof Latch, unknown>>;
  const [who, why] = [text(by), text(reason)];
  if (who === '' || why === '') return UNREADABLE;
  const state = tradingState === 'halted' ? 'halted' : 'exit_only';
  return { tradingState: state, flatten: flatten === true, by: who, reason: why };
}

/** The kill that a latch stands for. */
export function latchControl({ tradingState, flatten, by, reason }: Latch): Control {
  const state = TRADING_STATES.indexOf(tradingState) as TradingState;
  const action = ControlAction.kill;
  return { ...blankControl(), action, tradingState: state, flatten, by, reason };
}

/**
 * `kill.latch`: a kill for which no running engine answered. It is read before anything else at a
 * start, and while the engine runs, and goes once what it says is durable in the journal (X23).
 */
export class KillLatch {
  readonly #disk: Disk;
  readonly #directory: string;
  /** The content that was handed out last. */
  #taken: string | undefined;

  constructor(disk: Disk, directory: string) {
    this.#disk = disk;
    this.#directory = directory;
  }

  get #content(): string | undefined {
    if (!this.#disk.list(this.#directory).includes(NAME)) return undefined;
    const bytes = this.#disk.readDurable(join(this.#directory, NAME));
    return Buffer.from(bytes).toString('utf8');
  }

  /** What was left, or `undefined` for nothing. */
  take(): Latch | undefined {
    this.#taken = this.#content;
    return this.#taken === undefined ? undefined : parse(this.#taken);
  }

  /** What was taken is durable elsewhere. What was written since stays. */
  clear(): void {
    if (this.#taken === undefined || this.#content !== this.#taken) return;
    this.#disk.remove(join(this.#directory, NAME));
    this.#disk.syncDirectory(this.#directory);
    this.#taken = undefined;
  }

  /** Leaves a kill for the engine of this directory; it stands when this returns. */
  write(latch: Latch): void {
    const bytes = Buffer.from(`${JSON.stringify(latch)}\n`);
    writeWhole(this.#disk, this.#directory, NAME, bytes);
  }
}
