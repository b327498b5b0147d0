/** A base URL without a slash at its end; `/v1` where no path is told. */
export function baseUrl(url: string): string {
  const base = url.replace(/\/+$/, '')
  return new URL(base).pathname === '/' ? `${base}/v1` : base
}
