import type { TopLevelSpec } from 'vega-lite'
import { CHART_CONFIG } from './theme.js'

/** Loaded on first use: half a second that no command but the report need wait for. */
async function library() {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')])
  return { vega, compile }
}

/**
 * A chart as an SVG element for a page: sized by its viewBox, without ids, colours as CSS variables of the page. The
 * same specification gives the same text.
 *
 * @param label what the chart shows, for readers that cannot see it
 */
export async function renderSvg(spec: TopLevelSpec, label: string): Promise<string> {
  const { vega, compile } = await library()
  const { spec: compiled } = compile(spec, { config: CHART_CONFIG, logger: vega.logger(vega.Error) })
  const view = new vega.View(vega.parse(compiled), { renderer: 'none', logger: vega.logger(vega.Error) })
  const svg = await view.toSVG()
  view.finalize()
  return svg
    .replace(
      /^<svg [^>]*?viewBox="([^"]*)"[^>]*>/,
      `<svg viewBox="$1" role="img" aria-label="${attribute(label)}">`,
    )
    .replaceAll(
      / (?:aria-hidden="true"|pointer-events="none"|class="[^"]*"|font-family="[^"]*"|opacity="1")/g,
      '',
    )
    .replaceAll(/<path(?: d="(?:M0,0h0v0h0Z)?"| display="none")+\/>/g, '')
    .replaceAll(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100))
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
}
