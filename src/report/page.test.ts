import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { Script } from 'node:vm';
import fc from 'fast-check';
import { samplePage } from '../testing/sample-page.ts';
import { heatClass } from './heat-table.ts';
import { escapeHtml, html, scriptJson } from './html.ts';
import { BIG_TABLE_SCRIPT } from './scripts/big-table-script.ts';
import { CHART_SCRIPT } from './scripts/chart-script.ts';
import { THEME_SCRIPT } from './scripts/theme-script.ts';
import { DARK, LIGHT, type Palette } from './theme.ts';

const EVIL = `<b>"x"</b> & 'y' </script><script>alert(1)</script> <!-- \u2028`;

describe('templates', () => {
  test('whatever text is put in, no markup comes of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'<>&"\'ab;\u2028') }), (text) => {
        assert.doesNotMatch(html`${text}`.text, /[<>"']/);
        assert.equal(html`${html`${text}`}`.text, escapeHtml(text));
        assert.equal(html`${[text, undefined, 1]}`.text, `${escapeHtml(text)}1`);
      }),
    );
  });

  test('data between script tags ends no script and comes back as it was', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, text) => {
        const json = scriptJson([value, text, EVIL]);
        assert.doesNotMatch(json, /[<\u2028\u2029]/);
        assert.equal(json.length > 0, true);
        assert.deepEqual(JSON.parse(json), JSON.parse(JSON.stringify([value, text, EVIL])));
      }),
    );
  });
});

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** Contrast by WCAG 2.2. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

describe('colours', () => {
  const palettes: readonly [string, Palette][] = [
    ['light', LIGHT],
    ['dark', DARK],
  ];
  for (const [name, palette] of palettes) {
    test(`every word of the ${name} page has a contrast of 4.5 with what it stands on`, () => {
      const words = ['ink', 'muted', 'accent', 'second', 'third', 'fourth', 'fifth'] as const;
      for (const word of [...words, 'positive', 'negative', 'warning'] as const) {
        for (const ground of ['page', 'surface'] as const) {
          const found = contrast(palette[word], palette[ground]);
          assert.ok(found >= 4.5, `${word} on ${ground}: ${found}`);
        }
      }
      for (const [ground, colour] of Object.entries(palette)) {
        if (!ground.startsWith('heat-')) continue;
        assert.ok(contrast(palette.ink, colour) >= 4.5, ground);
      }
      assert.ok(contrast(palette.warning, palette['warning-surface']) >= 4.5);
      assert.ok(contrast(palette.control, palette.surface) >= 3);
    });
  }

  test('a larger value never has a paler colour, and both signs are alike', () => {
    const size = fc.double({ min: 0, max: 10, noNaN: true });
    fc.assert(
      fc.property(size, size, (a, b) => {
        const [low, high] = a < b ? [a, b] : [b, a];
        const step = (value: number): number => Number(heatClass(value, 10).slice(1));
        assert.ok(step(low) <= step(high));
        assert.equal(step(-high), step(high));
      }),
    );
    assert.equal(heatClass(Number.NaN, 1), '');
    assert.equal(heatClass(1, 0), '');
  });
});

describe('pages', () => {
  test('only the scripts and styles of the page may run, and nothing may be loaded', () => {
    const text = samplePage(EVIL, 10);
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(text)?.[1] ?? '';
    assert.match(policy, /^default-src 'none'; script-src 'sha256-/);
    assert.doesNotMatch(policy, /unsafe|http|\*/);
    const scripts = [...text.matchAll(/<(script|style)>([\s\S]*?)<\/\1>/g)];
    assert.equal(scripts.length, 4 + 2);
    for (const [, , content = ''] of scripts) {
      assert.ok(policy.includes(createHash('sha256').update(content).digest('base64')));
    }
    assert.doesNotMatch(text, / style=| on[a-z]+="/);
    for (const script of [THEME_SCRIPT, CHART_SCRIPT, BIG_TABLE_SCRIPT]) new Script(script);
  });

  test('the same parts give the same bytes', () => {
    assert.equal(samplePage(EVIL, 60), samplePage(EVIL, 60));
  });
});
