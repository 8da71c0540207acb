import type { Transaction } from './wire.ts';

const FUNDING = ['TRANSFER_FUNDS', 'TRANSFER_FUNDS_REJECT'];
const ADMIN = ['CREATE', 'CLOSE', 'REOPEN', 'CLIENT_CONFIGURE', 'CLIENT_CONFIGURE_REJECT'];
const TYPE = /^[A-Z_]{3,60}$/;

function isOfOrders(type: string): boolean {
  return /ORDER/.test(type);
}

/** The test that a `type` parameter asks for; `undefined` when it cannot be one. */
export function transactionFilter(
  types: string | undefined,
): ((one: Transaction) => boolean) | undefined {
  if (types === undefined) return () => true;
  const wanted = types.split(',');
  if (!wanted.every((type) => TYPE.test(type))) return undefined;
  return ({ type }) =>
    wanted.some((one) => {
      if (one === 'ORDER') return isOfOrders(type);
      if (one === 'FUNDING') return FUNDING.includes(type);
      return one === 'ADMIN' ? ADMIN.includes(type) : one === type;
    });
}
