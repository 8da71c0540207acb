import type { AppliedInput } from '../../model/inputs.ts';
import type { InstrumentIndex, Money } from '../../model/units.ts';
import { LedgerKind } from '../../model/venue.ts';
import { ledgerInput, type Place, reasonOf, type Scene } from './scene.ts';
import type { moneySchema } from './schemas.ts';
import { readMoney } from './wire-values.ts';

type MoneyFact = ReturnType<typeof moneySchema.parse>;

/** Money that came or went, with the balance that the broker states. */
function moved(
  scene: Scene,
  place: Place,
  fact: LedgerKind,
  told: MoneyFact,
  text: string | undefined,
  id: string,
): AppliedInput {
  const amount = readMoney(text, scene.decimals);
  const { accountBalance } = told;
  const balance =
    accountBalance === undefined
      ? ((scene.engine.balance + amount) as Money)
      : readMoney(accountBalance, scene.decimals);
  const names = [...new Set((told.positionFinancings ?? []).map(({ instrument }) => instrument))];
  const k = names.length === 1 ? scene.byName.get(names[0] ?? '') : undefined;
  return ledgerInput(scene, place, {
    fact,
    instrument: k ?? (0 as InstrumentIndex),
    hasInstrument: k !== undefined,
    amount,
    balance,
    reference: id,
    reason: reasonOf(told.fundingReason ?? told.reason),
  });
}

/** Funds that were paid in, taken out, or put right by the broker. */
export function transferFact(
  scene: Scene,
  place: Place,
  id: string,
  told: MoneyFact,
): AppliedInput {
  const isAdjusted = told.fundingReason === 'ADJUSTMENT';
  const fact = isAdjusted ? LedgerKind.adjustment : LedgerKind.transfer;
  return moved(scene, place, fact, told, told.amount, id);
}

export function financingFact(
  scene: Scene,
  place: Place,
  id: string,
  told: MoneyFact,
): AppliedInput {
  return moved(scene, place, LedgerKind.financing, told, told.financing, id);
}

export function dividendFact(
  scene: Scene,
  place: Place,
  id: string,
  told: MoneyFact,
): AppliedInput {
  return moved(scene, place, LedgerKind.adjustment, told, told.dividendAdjustment, id);
}

/** A fact whose type says all that there is to say. */
export function plainFact(
  scene: Scene,
  place: Place,
  fact: LedgerKind,
  id: string,
  reason: string,
): AppliedInput {
  return ledgerInput(scene, place, { fact, reference: id, reason: reasonOf(reason) });
}
