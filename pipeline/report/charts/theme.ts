import type { Config } from 'vega-lite'

/** Colours are CSS variables of the page, so that a chart follows its light and dark mode. */
export const MUTED = 'var(--muted)'
export const WISH = 'var(--wish)'
/** Inside of a hollow point. */
export const HOLLOW = 'var(--card)'

/** Arms in the order of the run; more than six share colours. */
export function armColour(index: number): string {
  return `var(--arm-${index % 6})`
}

export const CHART_CONFIG: Config = {
  aria: false,
  background: 'none',
  padding: 2,
  view: { stroke: null },
  axis: {
    domain: false,
    ticks: false,
    gridColor: 'var(--grid)',
    labelColor: MUTED,
    labelFontSize: 12,
    labelPadding: 5,
    titleColor: MUTED,
    titleFontSize: 12,
    titleFontWeight: 'normal',
  },
  axisX: { grid: false, labelFlush: false, labelPadding: 8 },
}
