/** A record of a CSV file with the line it begins in, from 1. */
export interface CsvRecord {
  cells: string[]
  line: number
}

/** Records of CSV text (RFC 4180: commas, `""` inside quotes, line breaks inside quotes); empty lines are left out. */
export function readCsv(text: string): CsvRecord[] {
  const records: CsvRecord[] = []
  let record: CsvRecord = { cells: [], line: 1 }
  let cell = ''
  let quoted = false
  let line = 1
  const endCell = (): void => {
    record.cells.push(cell)
    cell = ''
  }
  const endRecord = (): void => {
    endCell()
    if (record.cells.some((each) => each !== '')) records.push(record)
    record = { cells: [], line: line + 1 }
  }
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!
    if (quoted) {
      if (character === '"' && text[i + 1] === '"') cell += text[i++]!
      else if (character === '"') quoted = false
      else cell += character
    } else if (character === '"' && cell === '') quoted = true
    else if (character === ',') endCell()
    else if (character === '\n') endRecord()
    else if (character !== '\r') cell += character
    if (character === '\n') line++
  }
  endRecord()
  return records
}
