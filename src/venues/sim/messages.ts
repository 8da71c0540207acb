import { assert } from '../../model/assert.ts';
import { blankInput } from '../../model/blank-input.ts';
import type { FieldIo } from '../../model/codec.ts';
import { type Input, InputKind, walkInput } from '../../model/inputs.ts';
import {
  blankDecision,
  blankTerms,
  type DecisionRef,
  type OrderTerms,
  walkDecision,
  walkTerms,
} from '../../model/order.ts';
import {
  NO_ORDER,
  NO_PRICE,
  type OrderHandle,
  type Price,
  type Quantity,
} from '../../model/units.ts';

/** A fact that a venue tells an engine: what its log holds. */
export type VenueFact = Extract<
  Input,
  { kind: typeof InputKind.report | typeof InputKind.fill | typeof InputKind.ledger }
>;

/** What a venue tells an engine: facts, and answers to questions. */
export type VenueInput =
  | VenueFact
  | Extract<
      Input,
      {
        kind:
          | typeof InputKind.lookUpAnswer
          | typeof InputKind.logRead
          | typeof InputKind.snapshot
          | typeof InputKind.opening;
      }
    >;

export function isFact(input: VenueInput): input is VenueFact {
  const { kind } = input;
  return kind === InputKind.report || kind === InputKind.fill || kind === InputKind.ledger;
}

/** A report on its way to the engine. */
export interface OutgoingMessage {
  at: number;
  input: VenueInput;
}

export function walkOutgoing(io: FieldIo, message: OutgoingMessage): void {
  message.at = io.int('at', message.at);
  const kind = io.u8('kind', message.input.kind);
  if (io.reading) message.input = blankVenueInput(kind);
  walkInput(io, message.input);
}

function blankVenueInput(kind: number): VenueInput {
  const input = blankInput(kind);
  const known =
    input?.kind === InputKind.lookUpAnswer ||
    input?.kind === InputKind.logRead ||
    input?.kind === InputKind.snapshot ||
    input?.kind === InputKind.opening ||
    input?.kind === InputKind.report ||
    input?.kind === InputKind.fill ||
    input?.kind === InputKind.ledger;
  assert(known, `a venue does not send inputs of kind ${kind}`);
  return input;
}

export function blankOutgoing(): OutgoingMessage {
  return { at: 0, input: blankVenueInput(InputKind.report) };
}

/** A submit on its way to the venue. */
export interface SubmitRequest {
  at: number;
  /** Number in the order of sending: ties of time are broken by it. */
  sent: number;
  order: OrderHandle;
  clientOrderId: string;
  decision: DecisionRef;
  terms: OrderTerms;
  stopLossOrder: OrderHandle;
  takeProfitOrder: OrderHandle;
}

export function blankSubmit(): SubmitRequest {
  return {
    at: 0,
    sent: 0,
    order: NO_ORDER,
    clientOrderId: '',
    decision: blankDecision(),
    terms: blankTerms(),
    stopLossOrder: NO_ORDER,
    takeProfitOrder: NO_ORDER,
  };
}

export function walkSubmit(io: FieldIo, r: SubmitRequest): void {
  r.at = io.int('at', r.at);
  r.sent = io.int('sent', r.sent);
  r.order = io.int('order', r.order) as OrderHandle;
  r.clientOrderId = io.text('clientOrderId', r.clientOrderId);
  walkDecision(io, r.decision);
  walkTerms(io, r.terms);
  r.stopLossOrder = io.int('stopLossOrder', r.stopLossOrder) as OrderHandle;
  r.takeProfitOrder = io.int('takeProfitOrder', r.takeProfitOrder) as OrderHandle;
}

export const CHANGE_KINDS = ['cancel', 'replace'] as const;
export const ChangeKind = { cancel: 0, replace: 1 } as const;
export type ChangeKind = (typeof ChangeKind)[keyof typeof ChangeKind];

/** A cancel or a replace on its way to the venue; a cancel has no quantity and no prices. */
export interface ChangeRequest {
  at: number;
  sent: number;
  kind: ChangeKind;
  order: OrderHandle;
  quantity: Quantity;
  limitPrice: Price;
  stopPrice: Price;
}

export function blankChange(): ChangeRequest {
  return {
    at: 0,
    sent: 0,
    kind: ChangeKind.cancel,
    order: NO_ORDER,
    quantity: 0 as Quantity,
    limitPrice: NO_PRICE,
    stopPrice: NO_PRICE,
  };
}

export function walkChange(io: FieldIo, r: ChangeRequest): void {
  r.at = io.int('at', r.at);
  r.sent = io.int('sent', r.sent);
  r.kind = io.code('kind', r.kind, CHANGE_KINDS) as ChangeKind;
  r.order = io.int('order', r.order) as OrderHandle;
  r.quantity = io.int('quantity', r.quantity) as Quantity;
  r.limitPrice = io.int('limitPrice', r.limitPrice) as Price;
  r.stopPrice = io.int('stopPrice', r.stopPrice) as Price;
}

/** Requests arrive by time, and in the order of sending at one time. */
export function isFirst(submit: SubmitRequest, change: ChangeRequest | undefined): boolean {
  if (change === undefined || submit.at < change.at) return true;
  return submit.at === change.at && submit.sent < change.sent;
}
