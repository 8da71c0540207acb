import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { US_PER_DAY, US_PER_HOUR } from '../model/time.ts';
import { BAD } from './bad-rows.ts';
import type { TimeNotation } from './delimited-format.ts';
import { dayOfFileName } from './file-date.ts';
import { TimeField } from './time-field.ts';
import { isZone, ZoneClock } from './zone-clock.ts';

const ZONES = [
  'America/New_York',
  'Europe/London',
  'Australia/Lord_Howe',
  'Asia/Kolkata',
  'Pacific/Apia',
  'Africa/Casablanca',
  'America/St_Johns',
  'Asia/Tokyo',
];

/** The field parser on one field, with a line end after it. */
function parse(notation: TimeNotation, zone: string, text: string): number {
  const field = new TimeField(notation, new ZoneClock(zone), true);
  field.beginFile(0);
  const column = new Float64Array(1);
  const bytes = new TextEncoder().encode(`${text}\n`);
  const end = field.parse(bytes, 0, column, 0);
  if (end < 0) return end;
  assert.equal(end, bytes.length - 1, text);
  return column[0] ?? Number.NaN;
}

/** Temporal's answer to the stated policy: the earlier of two, none for a skipped time. */
function oracle(wallUs: number, zone: string): number | undefined {
  const plain = Temporal.Instant.fromEpochMilliseconds(Math.floor(wallUs / 1000))
    .toZonedDateTimeISO('UTC')
    .toPlainDateTime();
  const zoned = plain.toZonedDateTime(zone, { disambiguation: 'earlier' });
  if (!zoned.toPlainDateTime().equals(plain)) return undefined;
  return zoned.epochMilliseconds * 1000 + (wallUs % 1000);
}

const wallUs = fc.integer({ min: 10 * US_PER_DAY, max: 40_000 * US_PER_DAY });

suite('a clock of a zone', () => {
  test('agrees with Temporal on any wall time, in any order', () => {
    const property = fc.property(fc.constantFrom(...ZONES), fc.array(wallUs), (zone, walls) => {
      const clock = new ZoneClock(zone);
      for (const wall of walls) {
        const column = Float64Array.of(wall);
        const exists = clock.toUtcAt(column, 0);
        assert.equal(exists ? column[0] : undefined, oracle(wall, zone));
      }
    });
    fc.assert(property, { numRuns: 60 });
  });

  test('agrees with Temporal around every change of 2010 to 2026', () => {
    for (const zone of ZONES) {
      const clock = new ZoneClock(zone);
      let at: Temporal.ZonedDateTime | null =
        Temporal.Instant.from('2010-01-01T00:00Z').toZonedDateTimeISO(zone);
      for (;;) {
        at = at.getTimeZoneTransition('next');
        if (at === null || at.year > 2026) break;
        const offset = at.offsetNanoseconds / 1000;
        const change = at.epochMilliseconds * 1000 + offset;
        const walls: number[] = [];
        for (let minutes = -180; minutes <= 180; minutes += 15) {
          for (const us of [-1, 0, 1]) walls.push(change + minutes * 60_000_000 + us);
        }
        // Both ways: what the clock remembers of one side must not answer for the other.
        for (const wall of [...walls, ...walls.toReversed()]) {
          const column = Float64Array.of(wall);
          const exists = clock.toUtcAt(column, 0);
          assert.equal(exists ? column[0] : undefined, oracle(wall, zone), zone);
        }
      }
    }
  });

  test('shows at an instant the wall time that is that instant', () => {
    const property = fc.property(
      fc.constantFrom(...ZONES, '-05:00', 'UTC'),
      wallUs,
      (zone, time) => {
        const clock = new ZoneClock(zone);
        const column = Float64Array.of(clock.wallAt(time));
        assert.equal(clock.toUtcAt(column, 0), true);
        // The second of two equal wall times reads as the first.
        const back = time - (column[0] ?? 0);
        assert(back === 0 || (back > 0 && back <= US_PER_HOUR), `${back}`);
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  test('starts its day at midnight, or after it where midnight was skipped', () => {
    const days = (iso: string) => (Date.parse(`${iso}T00:00:00Z`) / 86_400_000) * US_PER_DAY;
    const start = (zone: string, iso: string) => new ZoneClock(zone).startOfDay(days(iso));
    assert.equal(start('-05:00', '2014-05-01'), days('2014-05-01') + 5 * US_PER_HOUR);
    assert.equal(start('America/New_York', '2014-05-01'), days('2014-05-01') + 4 * US_PER_HOUR);
    assert.equal(start('America/Sao_Paulo', '2018-11-04'), days('2018-11-04') + 3 * US_PER_HOUR);
  });

  test('has a name that is UTC, an offset or an IANA zone, and no other', () => {
    for (const zone of ['UTC', '+00:00', '-05:00', '+05:45', ...ZONES]) assert(isZone(zone), zone);
    for (const zone of ['', 'utc+1', '+5', '+0500', '+24:00', '+05:60', 'EST5', 'Mars/Olympus']) {
      assert(!isZone(zone), zone);
    }
  });
});

suite('a time', () => {
  const time = fc.integer({ min: 0, max: 4_000_000_000_000_000 });

  test('of any notation is the microsecond that it says', () => {
    const property = fc.property(time, fc.nat(999), (us, nanos) => {
      const digits = us.toString().padStart(7, '0');
      const rest = nanos.toString().padStart(3, '0');
      const seconds = `${digits.slice(0, -6)}.${digits.slice(-6)}`;
      const millis = `${digits.slice(0, -3)}.${digits.slice(-3)}`;
      const iso = new Date(Math.floor(us / 1000)).toISOString().slice(0, 23) + digits.slice(-3);
      const compact = iso.replaceAll('-', '').replace('T', ' ');
      const cases: readonly (readonly [TimeNotation, string])[] = [
        ['epoch_s', seconds],
        ['epoch_s', seconds + rest],
        ['epoch_ms', millis],
        ['epoch_ms', millis + rest],
        ['epoch_us', `${us}`],
        ['epoch_us', `${us}.${rest}`],
        ['epoch_ns', `${us}${rest}`],
        ['epoch_ns', `${us}${rest}.9`],
        ['iso', iso],
        ['iso', `${iso.replace('T', ' ')}${rest}Z`],
        ['iso', `${iso}+00:00`],
        ['iso', `${iso}-0000`],
        ['iso', `${iso}+00`],
        ['compact', compact],
        ['compact', compact.replaceAll(':', '')],
        ['compact', compact.replaceAll(/[:.]/g, '') + rest],
      ];
      for (const [notation, text] of cases) assert.equal(parse(notation, 'UTC', text), us, text);
    });
    fc.assert(property, { numRuns: 200 });
  });

  test('is read whatever the date of the one before', () => {
    const property = fc.property(fc.array(time), (times) => {
      const field = new TimeField('iso', new ZoneClock('UTC'), true);
      for (const us of times) {
        const iso = new Date(Math.floor(us / 1000)).toISOString();
        const column = new Float64Array(1);
        field.parse(new TextEncoder().encode(`${iso}\n`), 0, column, 0);
        assert.equal(column[0], us - (us % 1000));
      }
    });
    fc.assert(property, { numRuns: 50 });
  });

  test('with an offset is that much before or after UTC, whatever the zone', () => {
    const base = Date.UTC(2014, 4, 1, 12) * 1000;
    for (const zone of ['UTC', 'America/New_York']) {
      assert.equal(parse('iso', zone, '2014-05-01T07:00:00-05:00'), base);
      assert.equal(parse('iso', zone, '2014-05-01 17:30:00.000+0530'), base);
      assert.equal(parse('iso', zone, '2014-05-01 13:00:00+01'), base);
    }
    assert.equal(parse('iso', 'America/New_York', '2014-05-01 08:00:00'), base);
    assert.equal(parse('compact', '-05:00', '20140501 07:00:00'), base);
  });

  test('without digits before a fraction, or cut short, is not read', () => {
    assert.equal(parse('epoch_ms', 'UTC', '.5'), BAD.unparseable);
    assert.equal(parse('epoch_ms', 'UTC', '5.'), BAD.unparseable);
    const texts = ['2014-05-01T12:00:00', '20140501 12:00:00', '20140501 120000'];
    for (const [at, text] of texts.entries()) {
      const notation = at === 0 ? 'iso' : 'compact';
      for (let length = 0; length < text.length; length += 1) {
        assert.equal(parse(notation, 'UTC', text.slice(0, length)), BAD.unparseable, text);
      }
    }
  });
});

suite('the date of a file', () => {
  const days = (iso: string) => Date.parse(`${iso}T00:00:00Z`) / 86_400_000;

  test('stands where the template says, in the base name alone', () => {
    assert.equal(
      dayOfFileName('YYYYMMDD_quote.zip', '/2013/20140501_quote.zip'),
      days('2014-05-01'),
    );
    assert.equal(
      dayOfFileName('*_YYYY-MM-DD.csv*', 'eurusd_2020-02-29.csv.gz'),
      days('2020-02-29'),
    );
    assert.equal(dayOfFileName('DD.MM.YYYY*', '31.12.1999 ticks.csv'), days('1999-12-31'));
  });

  test('is not found where the name is another', () => {
    for (const name of ['20140501_quote_zip', 'x20140501_quote.zip', '2014051_quote.zip']) {
      assert.throws(() => dayOfFileName('YYYYMMDD_quote.zip', name), { code: 'DATA_FORMAT' });
    }
  });
});
