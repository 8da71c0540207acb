import type { TimeUs } from '../model/units.ts';

/** Time and chance as an adapter has them: real ones, or those of a simulation. */
export interface TimerPort {
  now(): TimeUs;
  /** A clock that goes evenly and never steps, µs from anywhere. */
  evenUs(): number;
  /** Calls once, later; returns what takes it back. */
  after(us: number, what: () => void): () => void;
  /** A fraction from 0 up to 1. */
  random(): number;
}

/** Real time: a wall clock that never steps back, and the timers of Node. */
export function realTimers(): TimerPort {
  const wallUs = Math.round((performance.timeOrigin + performance.now()) * 1000);
  const startMs = performance.now();
  return {
    now: () => (wallUs + Math.round((performance.now() - startMs) * 1000)) as TimeUs,
    evenUs: () => performance.now() * 1000,
    after: (us, what) => {
      const timer = setTimeout(what, Math.ceil(us / 1000));
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
  };
}
