import { html } from '../../report/html.ts';
import { grouped } from '../../report/number-text.ts';
import type { Section } from '../../report/page.ts';
import { note, table } from '../../report/parts.ts';
import { approximately, type Exact, exact, minus, plus, ZERO } from './exact.ts';
import type { Costs, Results } from './read-results.ts';
import { moneyOf, NONE, percent } from './texts.ts';

function total(costs: readonly Costs[], of: (one: Costs) => Exact): Exact {
  return costs.reduce((sum, one) => plus(sum, of(one)), ZERO);
}

/** What trading cost; `undefined` costs are of results that an earlier version wrote. */
export function costSection({ summary }: Results, costs: readonly Costs[] | undefined): Section {
  const money = moneyOf(summary.openingBalance);
  const commission = exact(summary.commission);
  const financing = minus(ZERO, exact(summary.financing));
  const spread = costs && total(costs, (one) => one.spread);
  const slippage = costs && total(costs, (one) => one.slippage);
  const sum = [spread, slippage, commission, financing].reduce<Exact>(
    (all, one) => plus(all, one ?? ZERO),
    ZERO,
  );
  const share = (amount: Exact | undefined): string =>
    amount === undefined || sum <= 0n
      ? NONE
      : percent(approximately(amount) / approximately(sum), 1);
  const text = (amount: Exact | undefined): string => (amount === undefined ? NONE : money(amount));
  const rows = [
    ['Spread', text(spread), share(spread), 'Half of the quoted spread at each fill.'],
    [
      'Slippage',
      text(slippage),
      share(slippage),
      'Fill price against the touch; negative where better.',
    ],
    ['Commission', text(commission), share(commission), 'As the venue booked it.'],
    ['Financing', text(financing), share(financing), 'Of positions held overnight.'],
  ];
  const trading = (costs ?? [])
    .filter(({ symbol }) => symbol !== '')
    .sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
  const byInstrument = table({
    caption: 'Positive is paid.',
    columns: [
      { title: 'Instrument', kind: 'text' },
      { title: 'Fills', kind: 'number' },
      { title: 'Spread', kind: 'number' },
      { title: 'Slippage', kind: 'number' },
      { title: 'Commission', kind: 'number' },
      { title: 'Financing and other', kind: 'number' },
    ],
    rows: trading.map((one) => [
      one.symbol,
      grouped(String(one.fills)),
      money(one.spread),
      money(one.slippage),
      money(one.commission),
      money(minus(ZERO, one.ledger)),
    ]),
  });
  return {
    id: 'costs',
    title: 'Costs',
    body: html`${table({
      caption:
        `Money in ${summary.accountCurrency}; positive is paid. ` +
        'Spread and slippage are in the fill prices already.',
      columns: [
        { title: 'Cost', kind: 'text' },
        { title: 'Amount', kind: 'number' },
        { title: 'Share', kind: 'number' },
        { title: 'What it is', kind: 'text' },
      ],
      rows,
      foot: ['All', money(sum), '', ''],
    })}${trading.length === 0 ? undefined : html`<h3>By instrument</h3>${byInstrument}`}${
      costs === undefined
        ? note('Spread and slippage are not known: these results have no costs.csv.')
        : undefined
    }`,
  };
}
