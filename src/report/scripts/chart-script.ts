/**
 * Runs in the page: draws every figure that names its data in `data-chart`, with uPlot. Colours
 * are read from the style sheet at each drawing, so that light, dark and paper are all drawn right.
 */
export const CHART_SCRIPT = String.raw`
(() => {
  'use strict';
  const PRINT_WIDTH = 690;
  const root = document.documentElement;
  const all = [];
  const colour = (name) => getComputedStyle(root).getPropertyValue('--' + name).trim();
  const grouped = (text) => {
    const [whole, fraction] = text.split('.');
    const parts = whole.replace(/(\d)(?=(\d{3})+$)/g, '$1,');
    return fraction === undefined ? parts : parts + '.' + fraction;
  };
  const number = (value, decimals) =>
    grouped(value.toFixed(decimals).replace(/^-(0(\.0*)?)$/, '$1'));
  const decimalsOf = (increment) => {
    const [mantissa, exponent] = String(increment).split('e-');
    const digits = (mantissa.split('.')[1] ?? '').length;
    return digits + Number(exponent ?? 0);
  };
  const utc = (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC');
  const timeText = (seconds) =>
    new Date(Math.round(seconds * 1000)).toISOString().slice(0, 19).replace('T', ' ');
  const DAY = 86400;
  const TIME_AXIS = [
    [DAY * 365, '{YYYY}', null, null, null, null, null, null, 1],
    [DAY * 28, '{MMM}', '\n{YYYY}', null, null, null, null, null, 1],
    [DAY, '{D} {MMM}', '\n{YYYY}', null, null, null, null, null, 1],
    [60, '{HH}:{mm}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
    [1, '{HH}:{mm}:{ss}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
    [0.001, '{HH}:{mm}:{ss}.{fff}', '\n{D} {MMM} {YYYY}', null, '\n{D} {MMM}', null, null, null, 1],
  ];

  /** The series of uPlot, and which of them hold the values of each series of the chart. */
  function plotted(spec) {
    const data = [];
    const series = [];
    const add = (values, options) => {
      data.push(values);
      series.push(Object.assign({ points: { show: false }, spanGaps: false }, options));
    };
    const barPaths = uPlot.paths.bars({ size: [0.72, 40], align: 0 });
    for (const one of spec.series) {
      const ink = () => colour(one.colour);
      switch (one.style) {
        case 'bars':
          add(one.values, { paths: barPaths, fill: ink, stroke: ink, width: 0 });
          break;
        case 'signed-bars':
          for (const [name, keeps] of [
            ['positive', (v) => v >= 0],
            ['negative', (v) => v < 0],
          ]) {
            const paint = () => colour(name);
            const values = one.values.map((v) => (v !== null && keeps(v) ? v : null));
            add(values, { paths: barPaths, fill: paint, stroke: paint, width: 0 });
          }
          break;
        default: {
          const paths = one.style === 'steps' ? uPlot.paths.stepped({ align: 1 }) : undefined;
          const fill = one.style === 'area' ? () => colour(one.colour) + '33' : undefined;
          const lonely = one.values.filter((v) => v !== null).length < 2;
          const points = lonely ? { show: true, size: 6, fill: ink, stroke: ink } : { show: false };
          add(one.values, { paths, fill, stroke: ink, width: 1.5, fillTo: 0, points });
        }
      }
    }
    if (spec.candles) {
      // They only stretch the scale; the bars are drawn below.
      for (const values of [spec.candles.low, spec.candles.high]) {
        add(values, { paths: () => null, stroke: 'transparent' });
      }
    }
    return { data, series };
  }

  function clipped(u, draw) {
    const { ctx, bbox } = u;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    const toX = (x) => u.valToPos(x, 'x', true);
    const toY = (y) => u.valToPos(y, 'y', true);
    draw(ctx, devicePixelRatio || 1, toX, toY);
    ctx.restore();
  }

  function drawCandles(u, { open, high, low, close }, x) {
    const [first, last] = u.series[0].idxs;
    clipped(u, (ctx, ratio, toX, toY) => {
      const step = u.bbox.width / Math.max(1, last - first + 1);
      const width = Math.min(step * 0.7, 12 * ratio);
      const line = Math.max(1, ratio * 0.75);
      for (const [rises, name] of [[true, 'positive'], [false, 'negative']]) {
        ctx.fillStyle = colour(width < 3 * ratio ? 'muted' : name);
        for (let i = first; i <= last; i++) {
          if (close[i] >= open[i] !== rises) continue;
          const at = toX(x[i]);
          const [top, bottom] = [toY(high[i]), toY(low[i])];
          ctx.fillRect(at - line / 2, top, line, Math.max(line, bottom - top));
          if (width < 3 * ratio) continue;
          const [a, b] = [toY(open[i]), toY(close[i])];
          ctx.fillRect(at - width / 2, Math.min(a, b), width, Math.max(line, Math.abs(a - b)));
        }
      }
    });
  }

  function shapePath(ctx, shape, x, y, size) {
    ctx.beginPath();
    if (shape === 'cross') {
      ctx.moveTo(x - size, y - size);
      ctx.lineTo(x + size, y + size);
      ctx.moveTo(x + size, y - size);
      ctx.lineTo(x - size, y + size);
      return;
    }
    const towards = shape === 'up' ? 1 : -1;
    ctx.moveTo(x, y);
    ctx.lineTo(x - size, y + towards * size * 1.7);
    ctx.lineTo(x + size, y + towards * size * 1.7);
    ctx.closePath();
  }

  function drawMarks(u, spec) {
    const { min, max } = u.scales.x;
    clipped(u, (ctx, ratio, toX, toY) => {
      ctx.lineWidth = ratio;
      for (const { x1, y1, x2, y2, colour: name } of spec.links ?? []) {
        ctx.strokeStyle = colour(name);
        ctx.setLineDash([4 * ratio, 3 * ratio]);
        ctx.beginPath();
        for (let i = 0; i < x1.length; i++) {
          if (x2[i] < min || x1[i] > max) continue;
          ctx.moveTo(toX(x1[i]), toY(y1[i]));
          ctx.lineTo(toX(x2[i]), toY(y2[i]));
        }
        ctx.stroke();
        ctx.setLineDash([]);
      }
      for (const { x, y, shape, colour: name } of spec.marks ?? []) {
        ctx.fillStyle = colour(name);
        ctx.strokeStyle = shape === 'cross' ? colour(name) : colour('surface');
        ctx.lineWidth = (shape === 'cross' ? 1.5 : 1) * ratio;
        for (let i = 0; i < x.length; i++) {
          if (x[i] < min || x[i] > max) continue;
          shapePath(ctx, shape, toX(x[i]), toY(y[i]), (shape === 'cross' ? 3 : 4) * ratio);
          if (shape !== 'cross') ctx.fill();
          ctx.stroke();
        }
      }
    });
  }

  function readout(figure, spec, x) {
    const cells = [...figure.querySelectorAll('[data-value]')];
    const place = figure.querySelector('[data-place]');
    const candle = figure.querySelector('[data-candle]');
    const placeText = (i) => {
      if (spec.x.kind === 'time') return timeText(x[i]) + ' UTC';
      return spec.x.kind === 'category' ? spec.x.labels[i] : number(x[i], spec.decimals);
    };
    return (u) => {
      const i = u.cursor.idx;
      const none = i === null || i === undefined;
      place.textContent = none ? '' : placeText(i);
      cells.forEach((cell, k) => {
        const value = none ? null : spec.series[k].values[i];
        const known = value !== null && value !== undefined;
        cell.textContent = known ? number(value, spec.decimals) : '';
      });
      if (!candle) return;
      const { open, high, low, close } = spec.candles;
      const texts = none ? [] : [open, high, low, close].map((of) => number(of[i], spec.decimals));
      candle.textContent = texts.map((text, k) => 'OHLC'[k] + ' ' + text).join('  ');
    };
  }

  function axes(spec) {
    const common = {
      stroke: () => colour('muted'),
      grid: { stroke: () => colour('grid'), width: 1 },
      ticks: { show: false },
      font: '12px system-ui, "DejaVu Sans", sans-serif',
    };
    const x = Object.assign({}, common, { grid: { show: false }, gap: 6, space: 64 });
    if (spec.x.kind === 'time') x.values = TIME_AXIS;
    if (spec.x.kind === 'number') {
      x.values = (u, splits, axis, space, increment) =>
        splits.map((v) => number(v, decimalsOf(increment)));
    }
    if (spec.x.kind === 'category') {
      const { labels } = spec.x;
      x.space = 8 * Math.max(3, ...labels.map((label) => label.length)) + 8;
      x.splits = (u, axis, min, max, increment) => {
        const step = Math.max(1, Math.round(increment));
        const first = Math.max(0, Math.ceil(min));
        const places = [];
        for (let i = first; i <= max && i < labels.length; i += step) places.push(i);
        return places;
      };
      x.values = (u, splits) => splits.map((i) => labels[i] ?? '');
      x.size = 28;
    }
    const y = Object.assign({}, common, {
      gap: 8,
      values: (u, splits, axis, space, increment) =>
        splits.map((v) => number(v, decimalsOf(increment))),
      size: (u, values) => 18 + 7 * Math.max(7, ...(values ?? []).map((v) => v.length)),
    });
    return [x, y];
  }

  function moveBy(u, key, from, to) {
    const { min, max } = u.scales.x;
    const width = max - min;
    const moves = {
      '+': [min + width / 4, max - width / 4],
      '=': [min + width / 4, max - width / 4],
      '-': [min - width / 2, max + width / 2],
      ArrowLeft: [min - width / 4, max - width / 4],
      ArrowRight: [min + width / 4, max + width / 4],
      0: [from, to],
    };
    const move = moves[key];
    if (move === undefined) return false;
    let [low, high] = move;
    const span = Math.min(high - low, to - from);
    low = Math.min(Math.max(low, from), to - span);
    high = low + span;
    if (high > low) u.setScale('x', { min: low, max: high });
    return true;
  }

  function make(figure) {
    const spec = JSON.parse(document.getElementById(figure.dataset.chart).textContent);
    const box = figure.querySelector('.plot');
    const x = spec.x.kind === 'category' ? spec.x.labels.map((_, i) => i) : spec.x.values;
    const half = spec.x.kind === 'time' ? 3600 : 0.5;
    const wide = spec.x.kind === 'category' || x.length === 1 || x[0] === x.at(-1);
    const [from, to] = wide ? [x[0] - half, x.at(-1) + half] : [x[0], x.at(-1)];
    const xRange = (min, max) => {
      const all = min === null || min >= max || (min === x[0] && max === x.at(-1));
      return all ? [from, to] : [min, max];
    };
    // What is measured from zero shows zero.
    const hasZero = spec.series.some(({ style }) => style.endsWith('bars') || style === 'area');
    const limits = (min, max) => hasZero
      ? [Math.min(min ?? 0, 0), Math.max(max ?? 0, 0)] : [min ?? 0, max ?? 1];
    const side = hasZero ? { pad: 0.06, soft: 0, mode: 1 } : { pad: 0.06 };
    const stretch = { min: side, max: side };
    const { data, series } = plotted(spec);
    const show = readout(figure, spec, x);
    const draw = [(u) => drawMarks(u, spec)];
    if (spec.candles) draw.unshift((u) => drawCandles(u, spec.candles, x));
    const plot = new uPlot(
      {
        width: box.clientWidth || PRINT_WIDTH,
        height: spec.height,
        tzDate: utc,
        padding: [10, 12, 0, 0],
        legend: { show: false },
        cursor: {
          y: false,
          points: { show: false },
          drag: { x: spec.x.kind === 'time', y: false },
          sync: spec.group ? { key: spec.group, scales: ['x', null] } : undefined,
        },
        scales: {
          x: { time: spec.x.kind === 'time', range: (u, min, max) => xRange(min, max) },
          y: { range: (u, min, max) => uPlot.rangeNum(...limits(min, max), stretch) },
        },
        axes: axes(spec),
        series: [{}, ...series],
        hooks: { draw, setCursor: [show] },
      },
      [x, ...data],
      box,
    );
    box.addEventListener('keydown', (event) => {
      if (spec.x.kind !== 'time' || event.ctrlKey || event.metaKey || event.altKey) return;
      if (moveBy(plot, event.key, from, to)) event.preventDefault();
    });
    all.push({ plot, box });
    return plot;
  }

  const fit = ({ plot, box }, width) => {
    const wanted = Math.floor(width ?? box.clientWidth);
    if (wanted > 0 && wanted !== plot.width) plot.setSize({ width: wanted, height: plot.height });
  };
  const redraw = () => {
    for (const { plot } of all) plot.redraw(false);
  };
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) fit(all.find(({ box }) => box === target));
  });

  for (const figure of document.querySelectorAll('[data-chart]')) make(figure);
  for (const { box } of all) watch.observe(box);
  document.addEventListener('themechange', redraw);

  // Paper is light and narrower than a screen, whatever the screen shows.
  let theme;
  addEventListener('beforeprint', () => {
    theme = root.dataset.theme ?? '';
    root.dataset.theme = 'light';
    for (const one of all) fit(one, Math.min(PRINT_WIDTH, one.box.clientWidth || PRINT_WIDTH));
    redraw();
  });
  addEventListener('afterprint', () => {
    if (theme) root.dataset.theme = theme;
    else delete root.dataset.theme;
    for (const one of all) fit(one);
    redraw();
  });
})();
`;
