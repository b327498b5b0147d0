import { writeFileAtomic } from '../../common/files.js'
import { writeParquet } from '../../datasets/parquet.js'
import type { RunFolder } from '../run/run-folder.js'
import { collectReport } from './collect-report.js'
import type { ReportDocument } from './document.js'
import { reportPage } from './html/page.js'
import { metricsTable } from './metrics-table.js'

/**
 * Writes `report.html` and `metrics.parquet` of a run, finished or not.
 *
 * @throws AttuneError as {@link collectReport}, and of kind `io`
 */
export async function writeReport(folder: RunFolder): Promise<ReportDocument> {
  const document = await collectReport(folder)
  await writeParquet(folder.metrics, metricsTable(document))
  await writeFileAtomic(folder.report, await reportPage(document))
  return document
}
