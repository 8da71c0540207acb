/** A value of JSON; a field that is left out is `undefined`. */
export type Json =
  | string
  | number
  | boolean
  | null
  | readonly Json[]
  | { readonly [name: string]: Json | undefined };

/** An object on its way to a client. */
export interface WireObject {
  [name: string]: Json | undefined;
}

/** What every transaction carries beside the fields of its type. */
export interface Transaction extends WireObject {
  readonly id: string;
  readonly time: string;
  readonly accountID: string;
  readonly userID: number;
  readonly batchID: string;
  readonly requestID: string;
  readonly type: string;
}

export interface ClientExtensions extends WireObject {
  id?: string | undefined;
  tag?: string | undefined;
  comment?: string | undefined;
}

/** An answer: status code and body. */
export interface Answer {
  readonly status: number;
  readonly body: WireObject;
  /** Path of what was created. */
  readonly location?: string;
}

export function refusal(status: number, errorMessage: string, errorCode?: string): Answer {
  return { status, body: errorCode === undefined ? { errorMessage } : { errorCode, errorMessage } };
}

/** Time as RFC 3339 with nine digits of a second, as it stands in transactions. */
const WIRE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/;

function asUnix(_name: string, value: unknown): unknown {
  if (typeof value !== 'string' || !WIRE_TIME.test(value)) return value;
  const seconds = Date.parse(`${value.slice(0, 19)}Z`) / 1000;
  return `${seconds}${value.slice(19, 29)}`;
}

/** The text of a body; `unix` writes its times as seconds since 1970. */
export function wireText(body: WireObject, unix: boolean): string {
  return unix ? JSON.stringify(body, asUnix) : JSON.stringify(body);
}

/** Keeps the fields that are there: an object without those that are `undefined`. */
export function fields(object: WireObject): WireObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
