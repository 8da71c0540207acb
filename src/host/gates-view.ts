import type { Gate } from '../kernel/gates/gate.ts';
import { type MeasuredUsage, type Usage, usageOf } from '../kernel/gates/usage.ts';
import type { GateMode, GateName } from '../model/gate.ts';
import type { TimeUs } from '../model/units.ts';
import type { LiveEngine } from '../runtime/live-engine.ts';

/** What of a gate is shown. */
export type ShownGate = Pick<Gate, 'name' | 'mode' | 'standings'>;

/** What the gates are shown with. */
export interface GateFacts {
  readonly gates: readonly ShownGate[];
  /** Names of the strategies, by index. */
  readonly strategies: readonly string[];
  /** Denials by gate since the start. */
  readonly denials: (gate: GateName) => number;
}

/** A gate as it stands: how often it denied, and how much of its limits is used. */
export interface GateView {
  readonly gate: GateName;
  readonly mode: GateMode;
  readonly denials: number;
  readonly limits: readonly Usage[];
}

/** A limit with the name of its gate. */
export interface Tightest extends Usage {
  readonly gate: GateName;
}

function shown({ fullness: _, ...usage }: MeasuredUsage): Usage {
  return usage;
}

/** The gates that stand before an order, in their order, and the nearest limit that can block. */
export function gatesView(
  engine: LiveEngine,
  { gates, strategies, denials }: GateFacts,
): { readonly gates: readonly GateView[]; readonly tightest: Tightest | null } {
  const { book } = engine.kernel;
  const now = Math.max(engine.now, book.time) as TimeUs;
  let tightest: { readonly gate: GateName; readonly usage: MeasuredUsage } | undefined;
  const views = gates.map((gate) => {
    const { name, mode } = gate;
    const usages = mode === 'off' ? [] : usageOf(gate, book, now, strategies);
    // A gate in shadow blocks nothing, however full it is.
    for (const usage of mode === 'enforce' ? usages : []) {
      if (isTighter(usage, tightest?.usage)) tightest = { gate: name, usage };
    }
    return { gate: name, mode, denials: denials(name), limits: usages.map(shown) };
  });
  if (tightest === undefined) return { gates: views, tightest: null };
  return { gates: views, tightest: { gate: tightest.gate, ...shown(tightest.usage) } };
}

/** What blocks comes first, then what is fuller; of equals the one whose gate comes first. */
function isTighter(one: MeasuredUsage, other: MeasuredUsage | undefined): boolean {
  if (other === undefined) return true;
  if (one.blocking !== other.blocking) return one.blocking;
  return one.fullness > other.fullness;
}
