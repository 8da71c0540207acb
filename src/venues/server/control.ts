import type { ShownAccount } from './broker-core.ts';
import { type FaultDesk, faultsSchema } from './faults.ts';
import type { Operation } from './operations.ts';
import { MalformedRequest, readBody } from './order-request.ts';
import type { Streams } from './streams.ts';
import { type Answer, refusal, type WireObject } from './wire.ts';

interface ControlParts {
  readonly broker: ShownAccount;
  readonly faults: FaultDesk;
  readonly streams: Streams;
}

/**
 * The switches of a broker, beside its own protocol: `GET` and `PUT /control/faults`,
 * `POST /control/facts`, `GET /control/status`. What is to be done is given back as an operation.
 */
export function control(
  { broker, faults, streams }: ControlParts,
  method: string,
  path: string,
  body: unknown,
): Answer | Operation {
  switch (`${method} ${path}`) {
    case 'GET /control/faults':
      return { status: 200, body: { faults: listed(faults) } };
    case 'PUT /control/faults':
      try {
        faults.set(readBody(faultsSchema, body));
      } catch (error) {
        if (!(error instanceof MalformedRequest)) throw error;
        return refusal(400, error.message);
      }
      return { status: 200, body: { faults: listed(faults) } };
    case 'POST /control/facts':
      return { op: 'fact', body };
    case 'GET /control/status': {
      const { ledger } = broker;
      const state = {
        lastTransactionID: String(ledger.log.last),
        pendingOrders: ledger.pending.size,
        openTrades: ledger.open.size,
        streams: streams.open,
        time: ledger.now,
      };
      return { status: 200, body: state };
    }
    default:
      return refusal(404, 'There is no such switch');
  }
}

function listed(faults: FaultDesk): readonly WireObject[] {
  return faults.list().map((fault) => ({ ...fault }));
}
