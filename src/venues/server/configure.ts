import { z } from 'zod';
import type { Ledger } from './ledger.ts';
import { readBody } from './order-request.ts';
import { type Answer, fields } from './wire.ts';

const ALIAS_MAX = 128;
const body = z.strictObject({ alias: z.string().optional(), marginRate: z.string().optional() });

/** Changes what a client may of an account: its alias. Margin rates are those of instruments. */
export function configureAccount(ledger: Ledger, given: unknown): Answer {
  const { alias, marginRate } = readBody(body, given);
  const { account } = ledger;
  const reason = refusalOf(alias, marginRate);
  const lastTransactionID = String(ledger.log.last + 1);
  if (reason !== undefined) {
    const clientConfigureRejectTransaction = ledger.record(
      'CLIENT_CONFIGURE_REJECT',
      fields({ alias, marginRate, rejectReason: reason }),
    );
    const status = reason === 'MARGIN_RATE_INVALID' ? 403 : 400;
    const error = { errorCode: reason, errorMessage: reason };
    return { status, body: { clientConfigureRejectTransaction, lastTransactionID, ...error } };
  }
  account.alias = alias ?? account.alias;
  const clientConfigureTransaction = ledger.record('CLIENT_CONFIGURE', { alias });
  return { status: 200, body: { clientConfigureTransaction, lastTransactionID } };
}

function refusalOf(alias: string | undefined, marginRate: string | undefined) {
  if (marginRate !== undefined) return 'MARGIN_RATE_INVALID';
  if (alias === undefined) return 'CLIENT_CONFIGURE_DATA_MISSING';
  return alias.length > ALIAS_MAX ? 'ALIAS_INVALID' : undefined;
}
