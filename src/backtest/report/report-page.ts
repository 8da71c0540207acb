import { grouped } from '../../report/number-text.ts';
import { page, type Section } from '../../report/page.ts';
import { costSection } from './cost-section.ts';
import { figuresOf } from './figures.ts';
import { identitySection, warningSection } from './identity-sections.ts';
import { overviewSection } from './overview-section.ts';
import { monthSection, patternSection } from './pattern-sections.ts';
import { type Results, readCosts, readPrices } from './read-results.ts';
import { riskSection } from './risk-section.ts';
import { secondText } from './texts.ts';
import { priceSection, tradeSection } from './trade-sections.ts';

/** The report of a run as the text of one HTML file: a pure function of its result directory. */
export function reportPage(results: Results): string {
  const { summary, directory } = results;
  const figures = figuresOf(results);
  const sections: (Section | undefined)[] = [
    warningSection(summary),
    overviewSection(results, figures),
    monthSection(results),
    patternSection(results),
    riskSection(results, figures),
    costSection(results, readCosts(directory)),
    priceSection(results, readPrices(directory)),
    tradeSection(results),
    identitySection(results),
  ];
  const { from, to } = summary.period;
  const quotes = grouped(String(summary.quotes));
  return page({
    title: summary.id,
    lead: `Backtest, ${secondText(from)} to ${secondText(to)} UTC, ${quotes} quotes`,
    sections: sections.filter((section) => section !== undefined),
    footer:
      `TiYf Engine ${summary.engineVersion}. Times are UTC; money is in ` +
      `${summary.accountCurrency}, in cents where the files have more digits.`,
  });
}
