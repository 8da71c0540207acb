import { type Input, InputKind } from '../model/inputs.ts';
import { type KernelRecord, RecordKind } from '../model/records.ts';

const KIND_NAMES = new Map<number, string>(
  Object.entries({ ...InputKind, ...RecordKind }).map(([name, kind]) => [kind, name]),
);

/** A record or input as one short line: what is blank says nothing. */
export function traceLine({ kind, ...rest }: Input | KernelRecord): string {
  const text = JSON.stringify(rest, (_key, value: unknown) => {
    if (typeof value === 'bigint') return Number(value);
    return value === 0 || value === '' || value === false ? undefined : value;
  });
  return `${KIND_NAMES.get(kind)} ${text.replaceAll('"', '')}`;
}
