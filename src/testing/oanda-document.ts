import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Ajv, type ValidateFunction } from 'ajv';

/** OANDA's own description of its API, where it is at hand. */
const FILE = fileURLToPath(new URL('../../../shared/specs/oanda-v20/v20.json', import.meta.url));

interface Schema {
  [name: string]: unknown;
}

/** Fields that may be missing wherever they stand; every other one is required. */
const OPTIONAL = new Set(
  `alias averageClosePrice averagePrice cancelledTime cancellingTransactionID clientExtensions
  clientExtensionsModify clientOrderID clientTradeID closeTime closingTransactionIDs comment
  commission delayedTradeClose distance errorCode fillingTransactionID filledTime gtdTime guaranteed
  guaranteedExecutionPremium halfSpreadCost homeConversions id initialMarketPrice
  intendedReplacesOrderID lastMarginCallExtensionTime lastOrderFillTimestamp
  longPositionCloseout marginCallEnterTime marginCallExtensionCount marginCloseout marginRate
  mt4AccountID orderFillTransactionID orderID priceBound quoteHomeConversionFactors
  replacedByOrderID replacesOrderID resettablePLTime shortPositionCloseout stopLossOnFill
  stopLossOrder stopLossOrderID tag takeProfitOnFill takeProfitOrder takeProfitOrderID tradeClose
  tradeClosedIDs tradeClientExtensions tradeClientExtensionsModify tradeID tradeIDs tradeOpened
  tradeOpenedID tradeReduced tradeReducedID tradesClosed trailingStopLossOnFill
  trailingStopLossOrder trailingStopLossOrderID trailingStopValue type unitsAvailable`.split(/\s+/),
);

/** Fields that are required where {@link OPTIONAL} would let them be missing. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  Account: ['id'],
  AccountSummary: ['id'],
  AccountProperties: ['id'],
  Trade: ['id'],
  TradeSummary: ['id'],
  CalculatedTradeState: ['id'],
  DynamicOrderState: ['id'],
  OrderFillTransaction: ['orderID', 'commission'],
  OrderCancelTransaction: ['orderID'],
  OrderClientExtensionsModifyTransaction: ['orderID'],
  TradeOpen: ['tradeID'],
  TradeReduce: ['tradeID'],
  TradeClientExtensionsModifyTransaction: ['tradeID'],
  OpenTradeFinancing: ['tradeID'],
  ClientPrice: ['type'],
  TransactionHeartbeat: ['type'],
  PricingHeartbeat: ['type'],
};

/** Fields that only some objects of a definition have: it is shared by several states of them. */
const NOT_REQUIRED: Readonly<Record<string, readonly string[]>> = {
  Trade: ['unrealizedPL', 'marginUsed'],
  TradeSummary: ['unrealizedPL', 'marginUsed'],
  Position: ['marginUsed'],
  Candlestick: ['bid', 'ask', 'mid'],
  TakeProfitDetails: ['price'],
  StopLossDetails: ['price'],
  MarketOrderPositionCloseout: [],
  StopLossOrderTransaction: [],
};

const DECIMAL = { type: 'string', pattern: '^-?\\d+(\\.\\d+)?$' };
const NUMBER = { type: 'string', pattern: '^[1-9]\\d*$' };
const FORMATS: readonly (readonly [RegExp, Schema])[] = [
  [
    /^The RFC 3339/,
    { type: 'string', pattern: '^(\\d{4}-\\d\\d-\\d\\dT[\\d:]{8}\\.\\d{9}Z|\\d+\\.\\d{9})$' },
  ],
  [/^A string containing the base/, { type: 'string', pattern: '^[A-Z0-9]+_[A-Z]{3}$' }],
  [/OANDA-assigned (TransactionID|TradeID|OrderID)/, NUMBER],
  [/^A decimal number/, DECIMAL],
  [/^A string containing an ISO 4217/, { type: 'string', pattern: '^[A-Z]{3}$' }],
  [/^"-"-delimited/, { type: 'string', pattern: '^\\d+-\\d+-\\d+-\\d+$' }],
];

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The name that the document says a definition's `type` always has. */
function typeNameOf(definition: unknown): string | undefined {
  const type = isRecord(definition) ? definition['properties'] : undefined;
  const field = isRecord(type) ? type['type'] : undefined;
  const text = isRecord(field) ? field['description'] : undefined;
  return /Always set to "([A-Z_]+)"/.exec(typeof text === 'string' ? text : '')?.[1];
}

function strictText(schema: Schema): Schema {
  const { format } = schema;
  const known = FORMATS.find(([start]) => typeof format === 'string' && start.test(format));
  const { format: _, description: __, ...rest } = schema;
  return known === undefined ? rest : { ...rest, ...known[1] };
}

/** A schema with closed objects, required fields, and strings that look as their format says. */
function strict(schema: unknown, name: string, isError: boolean): unknown {
  if (!isRecord(schema)) return schema;
  if (schema['type'] === 'array') {
    return { type: 'array', items: strict(schema['items'], '', isError) };
  }
  const { properties } = schema;
  if (!isRecord(properties)) return '$ref' in schema ? schema : strictText(schema);
  const typeName = typeNameOf(schema);
  const fields = Object.entries(properties).map(([field, value]): [string, unknown] => {
    if (field === 'type' && typeName !== undefined) return [field, { const: typeName }];
    // The document gives some client ids the format of its own ids, which they cannot have.
    if (/^client.*ID$/.test(field)) return [field, { type: 'string' }];
    return [field, strict(value, '', isError)];
  });
  const isReject = name.endsWith('RejectTransaction');
  const ofAll = ['id', 'time', 'userID', 'accountID', 'batchID', 'requestID', 'type'];
  const required = Object.keys(properties).filter((field) => {
    if (REQUIRED[name]?.includes(field)) return true;
    if (name.endsWith('Transaction') && ofAll.includes(field)) return true;
    if (isReject) return field === 'rejectReason';
    if (NOT_REQUIRED[name]?.includes(field)) return false;
    if (isError && name === '') return field === 'errorMessage';
    if (/Order$/.test(name) && ['id', 'type'].includes(field)) return true;
    return !OPTIONAL.has(field) && !(name === '' && field.endsWith('Transaction'));
  });
  return {
    type: 'object',
    properties: Object.fromEntries(fields),
    required,
    additionalProperties: false,
  };
}

/** `Transaction` and `Order` are whatever their `type` says. */
function byType(definitions: Schema, suffix: string): Schema {
  const names = Object.keys(definitions).filter(
    (name) =>
      name.endsWith(suffix) && name !== suffix && typeNameOf(definitions[name]) !== undefined,
  );
  const types = names.map((name) => typeNameOf(definitions[name]));
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: types } },
    allOf: names.map((name, at) => ({
      if: { properties: { type: { const: types[at] } } },
      // biome-ignore lint/suspicious/noThenProperty: the word of JSON Schema
      then: { $ref: `#/definitions/${name}` },
    })),
  };
}

/** The document, made strict: it has no required fields and no closed objects of its own. */
export class OandaDocument {
  readonly #paths: readonly { readonly pattern: RegExp; readonly operations: Schema }[];
  readonly #responses: Schema;
  readonly #ajv = new Ajv({ strict: false, allErrors: true });
  readonly #validators = new Map<string, ValidateFunction>();

  constructor() {
    const document: unknown = JSON.parse(readFileSync(FILE, 'utf8'));
    if (!isRecord(document)) throw new Error(`${FILE} holds no object`);
    const definitions = document['definitions'];
    const paths = document['paths'];
    const responses = document['responses'];
    if (!isRecord(definitions) || !isRecord(paths) || !isRecord(responses)) {
      throw new Error(`${FILE} is no Swagger document`);
    }
    const own = Object.entries(definitions).map(([name, schema]) => [
      name,
      strict(schema, name, false),
    ]);
    const all = {
      ...Object.fromEntries(own),
      Transaction: byType(definitions, 'Transaction'),
      Order: byType(definitions, 'Order'),
    };
    this.#ajv.addSchema({ $id: 'oanda', definitions: all });
    this.#responses = responses;
    this.#paths = Object.entries(paths)
      .map(([path, operations]) => ({
        path,
        pattern: new RegExp(`^/v3${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
        operations: isRecord(operations) ? operations : {},
      }))
      // What names its last part comes before what takes any.
      .sort((a, b) => a.path.split('{').length - b.path.split('{').length);
  }

  /** What is wrong with a response, by the document; `undefined` when nothing is. */
  problem(method: string, path: string, status: number, body: unknown): string | undefined {
    const found = this.#paths.find(({ pattern }) => pattern.test(path));
    const operation = found?.operations[method.toLowerCase()];
    const responses = isRecord(operation) ? operation['responses'] : undefined;
    const response = isRecord(responses) ? responses[String(status)] : undefined;
    if (!isRecord(response)) return `${method} ${path}: the document has no answer ${status}`;
    const isError = status >= 300;
    const shared =
      typeof response['$ref'] === 'string' ? this.#responses[String(status)] : undefined;
    const schema = isRecord(shared) ? shared['schema'] : response['schema'];
    return this.#check(`${method} ${found?.pattern} ${status}`, strict(schema, '', isError), body);
  }

  /** What is wrong with one object of a stream. */
  itemProblem(definition: string, item: unknown): string | undefined {
    return this.#check(definition, { $ref: `#/definitions/${definition}` }, item);
  }

  #check(key: string, schema: unknown, body: unknown): string | undefined {
    const validate =
      this.#validators.get(key) ??
      this.#ajv.compile(
        JSON.parse(JSON.stringify(schema).replaceAll('#/definitions/', 'oanda#/definitions/')),
      );
    this.#validators.set(key, validate);
    if (validate(body)) return undefined;
    const problems = (validate.errors ?? []).map(
      (one) => `${one.instancePath} ${one.message} ${JSON.stringify(one.params)}`,
    );
    return `${key}: ${problems.join('; ')} in ${JSON.stringify(body)}`;
  }
}

/** The document, or `undefined` where the specification is not at hand. */
export function oandaDocument(): OandaDocument | undefined {
  return existsSync(FILE) ? new OandaDocument() : undefined;
}

/** The types of transaction that the document knows; `undefined` where it is not at hand. */
export function oandaTransactionTypes(): readonly string[] | undefined {
  if (!existsSync(FILE)) return undefined;
  return JSON.parse(readFileSync(FILE, 'utf8')).definitions.TransactionType.enum;
}
