// Draws what the page has drawn already, with a pointer to read it by. Colours are the page's tokens.
(() => {
  'use strict';
  const root = document.documentElement;
  const token = name => getComputedStyle(root).getPropertyValue(name).trim();
  const tones = { accent: '--accent', bad: '--bad', quiet: '--faint' };

  // elements, not text: the policy lets no style through that stands in HTML
  const hint = (all, at) => {
    const box = document.createElement('div');
    const head = document.createElement('b');
    head.textContent = all.labels[at];
    box.append(head);
    for (const line of all.lines) {
      const row = document.createElement('div');
      row.className = 'tone-' + line.tone;
      row.textContent = line.name + ' ' + line.words[at];
      box.append(row);
    }
    return box;
  };

  const options = all => {
    const faint = token('--faint');
    const font = { color: faint, fontSize: 11, fontFamily: token('--sans') };
    return {
      animation: false,
      grid: { left: 0, right: 2, top: 16, bottom: 22, containLabel: false },
      textStyle: { fontFamily: token('--sans') },
      tooltip: {
        trigger: 'axis', confine: true, className: 'graph-hint',
        backgroundColor: token('--card'), borderColor: token('--line'),
        textStyle: { color: token('--ink'), fontSize: 12 }, extraCssText: '',
        axisPointer: { lineStyle: { color: token('--line-strong'), type: 'solid' } },
        formatter: points => hint(all, points[0].dataIndex),
      },
      xAxis: {
        type: 'category', boundaryGap: false, data: all.labels,
        axisLine: { lineStyle: { color: token('--line') } }, axisTick: { show: false },
        axisLabel: { ...font, alignMinLabel: 'left', alignMaxLabel: 'right',
          interval: Math.max(0, Math.ceil(all.labels.length / 5) - 1), hideOverlap: true },
      },
      yAxis: {
        type: 'value', min: 0, max: all.top, interval: all.top / 3,
        splitLine: { lineStyle: { color: token('--line') } },
        axisLabel: { ...font, inside: true, margin: 0, verticalAlign: 'bottom', padding: [0, 0, 3, 0],
          formatter: value => value >= all.top ? all.topWords : '' },
      },
      series: all.lines.map(line => {
        const colour = token(tones[line.tone]);
        return {
          name: line.name, type: 'line', data: line.values, symbol: 'circle', symbolSize: 5,
          showSymbol: false, lineStyle: { width: 1.75, color: colour }, itemStyle: { color: colour },
          areaStyle: line.tone === 'accent' ? { color: token('--accent-wash'), opacity: 1 } : undefined,
          markLine: all.limit > 0 ? {
            silent: true, symbol: 'none', data: [{ yAxis: all.limit }],
            lineStyle: { color: token('--warn'), type: 'dashed' },
            label: { formatter: all.limitWords, color: token('--warn'), position: 'insideEndTop', fontSize: 11 },
          } : undefined,
        };
      }),
    };
  };

  const drawn = [];
  for (const figure of document.querySelectorAll('[data-graph]')) {
    const all = JSON.parse(figure.dataset.graph);
    const place = document.createElement('div');
    place.className = 'pointed';
    const box = figure.querySelector('.drawn');
    box.replaceChildren(place);
    figure.classList.add('by-script');
    const chart = window.echarts.init(place, null, { renderer: 'canvas' });
    chart.setOption(options(all));
    new ResizeObserver(() => chart.resize()).observe(place);
    drawn.push(() => chart.setOption(options(all), true));
  }
  const again = () => drawn.forEach(draw => draw());
  new MutationObserver(again).observe(root, { attributes: true, attributeFilter: ['data-theme'] });
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
})();
