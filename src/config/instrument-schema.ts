import { z } from 'zod';
import { ASSET_CLASSES, WEEKDAYS } from '../model/instrument.ts';
import { currency, decimal, symbol } from './schema-parts.ts';

const CLOCK = /^([01]\d|2[0-3]):[0-5]\d$/;
const HOLIDAY = /^(\d{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

const clock = z.string().regex(CLOCK, 'must be a local time "HH:MM"');
const weekTime = z.tuple([z.enum(WEEKDAYS), clock]);

const sessions = z.strictObject({
  timeZone: z.string().min(1).describe('IANA zone, such as "America/New_York" or "UTC"'),
  weekly: z
    .array(z.strictObject({ open: weekTime, close: weekTime }))
    .min(1)
    .describe('Sessions of a week, local time; one that ends where it starts is the whole week'),
  dayStart: clock.describe('Local start of the trading day: "17:00" for FX'),
  holidays: z
    .array(z.string().regex(HOLIDAY, 'must be a date "2026-12-25" or, every year, "12-25"'))
    .default([])
    .describe('Local dates whose trading day has no session; "12-25" is every year'),
});

const financing = z.strictObject({
  longRate: decimal({ min: '-10', max: '10' }).describe(
    'Yearly rate booked on a long position as a share of its value: negative is paid',
  ),
  shortRate: decimal({ min: '-10', max: '10' }).describe('The same for a short position'),
  dayCount: z.union([z.literal(360), z.literal(365)]).describe('Days of the year'),
});

/** One instrument, every number stated. The catalogue and a user's file have the same form. */
export const instrumentSchema = z.strictObject({
  symbol: symbol(),
  assetClass: z.enum(ASSET_CLASSES),
  base: currency().describe('What is bought: a currency, a metal, an index'),
  quote: currency().describe('Currency of the price'),
  priceIncrement: decimal({ above: '0', decimals: 12 }).describe('Smallest step of a price'),
  sizeIncrement: decimal({ above: '0', decimals: 12 }).describe('Smallest step of a size'),
  pipSize: decimal({ above: '0', decimals: 12 }).describe("The trade's unit of price movement"),
  contractSize: decimal({ above: '0', decimals: 12 }).describe('Units of base per unit of size'),
  marginRate: decimal({ above: '0', max: '1' }).describe('Margin as a share of the value: "0.02"'),
  sessions,
  settlementLagDays: z
    .union([z.literal(0), z.literal(1), z.literal(2)])
    .describe('Business days from trade to settlement; places the triple financing day'),
  financing: financing.optional().describe('Left out: holding it overnight costs nothing'),
});

export type InstrumentSpec = z.output<typeof instrumentSchema>;

/** A user's own instruments. */
export const instrumentFileSchema = z.strictObject({
  $schema: z.string().optional(),
  instruments: z
    .array(
      instrumentSchema.extend({
        override: z
          .boolean()
          .default(false)
          .describe('true: replaces the built-in instrument of this symbol'),
      }),
    )
    .min(1),
});

export type InstrumentFile = z.output<typeof instrumentFileSchema>;
