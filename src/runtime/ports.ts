import type { AlertSeverity } from '../model/records.ts';

/** What a running engine tells the people around it. Structured; never a secret. */
export interface LogPort {
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

export const SEVERITY_NAMES: Readonly<Record<AlertSeverity, 'info' | 'warn' | 'error'>> = {
  0: 'info',
  1: 'warn',
  2: 'error',
};
