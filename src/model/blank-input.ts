import { blankCommand, blankEnableStrategy } from './commands.ts';
import { blankControl } from './control.ts';
import { blankLogRead, blankLookUpAnswer, blankResolution } from './doubt.ts';
import {
  type AccountBinding,
  DispatchOutcome,
  type Input,
  InputKind,
  StrategyReset,
} from './inputs.ts';
import { blankQuote } from './quote.ts';
import { blankOpening, blankSnapshot } from './reconciliation.ts';
import type { OrderHandle, TimeUs } from './units.ts';
import { blankFill, blankLedgerFact, blankReport } from './venue.ts';

/** A binding to no account, to read into. */
export function blankBinding(): AccountBinding {
  return { venue: '', environment: '', account: '', currency: '' };
}

/** The account that an input names, and no more of it. */
export function bindingOf({
  venue,
  environment,
  account,
  currency,
}: AccountBinding): AccountBinding {
  return { venue, environment, account, currency };
}

/** An input of the kind with every field blank, to read into; `undefined` for an unknown kind. */
export function blankInput(kind: number): Input | undefined {
  switch (kind) {
    case InputKind.configured:
      return {
        kind,
        configuration: '',
        configHash: '',
        dataVersion: '',
        engineVersion: '',
        timeZoneVersion: '',
        strategySources: [],
      };
    case InputKind.started:
      return { kind, prefix: '', nonce: '', handlesTaken: 0 as OrderHandle, restored: false };
    case InputKind.quote:
      return { kind, ...blankQuote() };
    case InputKind.boundary:
    case InputKind.resumed:
    case InputKind.recovered:
      return { kind };
    case InputKind.dispatched:
      return { kind, order: 0 as OrderHandle, outcome: DispatchOutcome.sent, reason: '' };
    case InputKind.report:
      return { kind, report: blankReport() };
    case InputKind.fill:
      return { kind, fill: blankFill() };
    case InputKind.ledger:
      return { kind, ledger: blankLedgerFact() };
    case InputKind.command:
      return { kind, ...blankCommand() };
    case InputKind.gap:
      return { kind, from: 0 as TimeUs, to: 0 as TimeUs };
    case InputKind.stopped:
    case InputKind.closing:
      return { kind, reason: '' };
    case InputKind.clockJump:
      return { kind, fromTime: 0 as TimeUs, toTime: 0 as TimeUs };
    case InputKind.venueClock:
      return { kind, offsetUs: 0 };
    case InputKind.connection:
      return { kind, connection: 0, open: false };
    case InputKind.lookUpAnswer:
      return { kind, answer: blankLookUpAnswer() };
    case InputKind.logRead:
      return { kind, logRead: blankLogRead() };
    case InputKind.snapshot:
      return { kind, snapshot: blankSnapshot() };
    case InputKind.opening:
      return { kind, opening: blankOpening() };
    case InputKind.resolveOrder:
      return { kind, resolution: blankResolution() };
    case InputKind.quotes:
      return { kind, firstRow: 0, rows: 0 };
    case InputKind.bound:
      return { kind, ...blankBinding() };
    case InputKind.strategiesReset:
      return { kind, reset: StrategyReset.fresh, by: '', reason: '' };
    case InputKind.enableStrategy:
      return { kind, ...blankEnableStrategy() };
    case InputKind.control:
      return { kind, control: blankControl() };
    default:
      return undefined;
  }
}
