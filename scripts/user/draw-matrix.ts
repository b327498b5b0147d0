import { View, Error as ERRORS_ONLY, logger, parse } from 'vega'
import { type TopLevelSpec, compile } from 'vega-lite'

/** The matrix as SVG: rows are policies, columns the personas they are lived with; null stays white. */
export async function drawMatrix(
  ids: readonly string[],
  scores: readonly (readonly (number | null)[])[],
): Promise<string> {
  const values = scores.flatMap((row, i) =>
    row.map((score, j) => ({ madeFor: ids[i]!, livedWith: ids[j]!, score })),
  )
  const order = [...ids]
  const axis = { labelFontSize: 9, labelLimit: 200, titleFontSize: 11, ticks: false, domain: false } as const
  const spec: TopLevelSpec = {
    background: 'white',
    padding: 8,
    width: { step: 15 },
    height: { step: 15 },
    data: { values },
    mark: 'rect',
    encoding: {
      x: {
        field: 'livedWith',
        type: 'nominal',
        sort: order,
        title: 'lived with',
        axis: { ...axis, labelAngle: -90, orient: 'top' },
      },
      y: { field: 'madeFor', type: 'nominal', sort: order, title: 'policy made for', axis },
      color: {
        field: 'score',
        type: 'quantitative',
        scale: { domain: [0, 4], scheme: 'viridis' },
        legend: { title: 'score of deliveries', orient: 'bottom', gradientLength: 480, tickCount: 5 },
      },
    },
    config: { font: 'sans-serif', view: { stroke: null }, mark: { invalid: 'filter' } },
  }
  const quiet = logger(ERRORS_ONLY)
  const view = new View(parse(compile(spec, { logger: quiet }).spec), { renderer: 'none', logger: quiet })
  const svg = await view.toSVG()
  view.finalize()
  return `${svg.replaceAll(/ aria-(?:hidden|label|roledescription)="[^"]*"| role="[^"]*"/g, '')}\n`
}
