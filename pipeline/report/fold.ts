/** Widest line of what a terminal is shown. */
export const WIDTH = 100

/** Words in lines of at most {@link WIDTH} characters. */
export function folded(text: string): string[] {
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!
    if (last.length + 1 + word.length > WIDTH) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
