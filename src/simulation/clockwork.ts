import { InputKind } from '../model/inputs.ts';
import type { TimeUs } from '../model/units.ts';
import type { EngineChecks } from './engine-checks.ts';
import type { Machine } from './machine.ts';
import type { Timeline } from './timeline.ts';

const SECOND = 1_000_000;
/** When faults have stopped, everything has to be settled within this, virtual time. */
const CALM_MAX_US = 20 * 60 * SECOND;
/** A probe's order is filled within this. */
const PROBE_US = 5 * SECOND;
const EVENTS_MAX = 200_000;

export interface ClockworkParts {
  readonly timeline: Timeline;
  readonly machine: Machine;
  readonly checker: EngineChecks;
  /** Looked at after each event. */
  readonly check: () => void;
  /** What still stands between the engine and its work, or `undefined`. */
  readonly unsettled: () => string | undefined;
  /** Executions at the venue so far. */
  readonly fills: () => number;
}

/** Lets the time of a world pass, event by event, whoever dies of them. */
export class Clockwork {
  readonly #parts: ClockworkParts;
  #events = 0;

  constructor(parts: ClockworkParts) {
    this.#parts = parts;
  }

  /** Lets time pass until something holds, asked after each event; false if it never did. */
  until(holds: () => boolean, deadline: number): boolean {
    const { timeline, machine, checker, check } = this.#parts;
    while (!holds()) {
      this.#events += 1;
      if (this.#events > EVENTS_MAX) checker.fail('no_progress', 'it never comes to rest');
      const due = machine.due;
      const next = Math.min(timeline.next, due);
      if (next > deadline) {
        timeline.advance(deadline);
        return holds();
      }
      this.guarded(() => {
        if (due < timeline.next) {
          timeline.advance(due);
          machine.pass();
        } else timeline.step();
        check();
      });
    }
    return true;
  }

  /** Whatever is thrown is a death of the process, or a violation. */
  guarded(what: () => void): void {
    try {
      what();
    } catch (error) {
      this.#parts.machine.died(error);
    }
  }

  /** No fault strikes any more: everything has to come to an end. */
  settle(): void {
    const { timeline, checker, unsettled } = this.#parts;
    const deadline = timeline.now + CALM_MAX_US;
    let looked = 0;
    const settled = (): boolean => {
      const { now } = timeline;
      if (now - looked < SECOND / 4) return false;
      looked = now;
      return unsettled() === undefined;
    };
    if (this.until(settled, deadline)) return;
    checker.fail('no_progress', unsettled() ?? 'it was never looked at');
  }

  /** When everything is settled, the next orders are taken and filled, so many of them. */
  probe(wanted: number): void {
    const { timeline, machine, checker, fills } = this.#parts;
    const { boots } = machine.figures;
    const before = fills();
    const now = timeline.now as TimeUs;
    const deadline = now + PROBE_US;
    timeline.after(0, () => machine.input({ kind: InputKind.gap, from: now, to: now }));
    this.until(() => timeline.now >= deadline, deadline);
    const filled = fills() - before;
    this.settle();
    if (filled >= wanted) return;
    // It died of its planned crash: the probe went with it.
    if (machine.figures.boots > boots) this.probe(wanted);
    else checker.fail('no_progress', `${filled} of ${wanted} probes were filled`);
  }
}
