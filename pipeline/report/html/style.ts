/** The page's style sheet: one column of figures on a phone, a grid on a desktop, light and dark. */
export const STYLE = `
:root { color-scheme: light dark; --bg: #fbfaf7; --card: #fff; --ink: #1d1f23; --muted: #666a73; --grid: #e4e2dc;
  --line: #dddad2; --wish: #b3261e; --good: #17703c; --fair: #c98a00; --bad: #b3261e;
  --arm-0: #0b62b8; --arm-1: #c46200; --arm-2: #00805f; --arm-3: #a6418d; --arm-4: #6a5acd; --arm-5: #7a6a00 }
@media (prefers-color-scheme: dark) {
  :root { --bg: #15171a; --card: #1d2024; --ink: #eceae5; --muted: #a3a8b2; --grid: #31353b; --line: #383c43;
  --wish: #ff8a80; --good: #6fd39a; --fair: #e5b84a; --bad: #ff8a80;
  --arm-0: #6cb6ff; --arm-1: #ffab57; --arm-2: #4fd1a5; --arm-3: #e59ad2; --arm-4: #a99cff; --arm-5: #d9c84a } }
* { box-sizing: border-box }
body { margin: 0; background: var(--bg); color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
  -webkit-text-size-adjust: 100% }
main { max-width: 1200px; margin: 0 auto; padding: 28px 20px 60px }
h1 { font-size: 30px; line-height: 1.2; margin: 0 } h2 { font-size: 20px; margin: 44px 0 4px }
h3 { font-size: 15px; margin: 0 } p { margin: 6px 0 } .muted, .note { color: var(--muted) }
.note { font-size: 13px; margin: 0 0 6px; overflow-wrap: anywhere }
.verdict { margin: 20px 0; padding: 16px 20px; background: var(--card); border: 1px solid var(--line);
  border-left: 6px solid var(--muted); border-radius: 8px; font-size: 18px }
.verdict.learned { border-left-color: var(--good) } .verdict.partly { border-left-color: var(--fair) } .verdict.worse, .verdict.silent { border-left-color: var(--bad) }
.verdict .note { margin: 8px 0 0; font-size: 14px }
.tiles { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)) }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 12px 14px; min-width: 0;
  margin: 0 }
.tile b { display: block; font-size: 25px; line-height: 1.3; font-weight: 650; white-space: nowrap }
.tile span { font-size: 13px; color: var(--muted); display: block } .tile i { font-style: normal; color: var(--muted);
  font-weight: 400; font-size: 17px }
.grid { display: grid; gap: 14px; margin-top: 12px } .wide { grid-template-columns: repeat(auto-fit, minmax(min(100%, 430px), 1fr)) }
.narrow { grid-template-columns: repeat(auto-fill, minmax(230px, 1fr)) }
.small { grid-template-columns: repeat(auto-fill, minmax(155px, 1fr)); gap: 10px } .small .card { padding: 8px 10px }
.few { grid-template-columns: repeat(auto-fill, minmax(220px, 1fr)) } .small h3 { font-size: 13px; white-space: nowrap; overflow: hidden; text-overflow: ellipsis }
.small .note { font-size: 12px }
svg { display: block; width: 100%; height: auto; overflow: visible; font-family: system-ui, sans-serif }
.key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--muted); margin: 4px 0 }
.key span::before { content: ''; display: inline-block; width: 18px; vertical-align: middle; margin-right: 6px;
  border-top: 3px solid var(--of) } .key .dashed::before { border-top: 2px dashed var(--of) }
.scroll { overflow-x: auto; margin: 10px 0 } table { border-collapse: collapse; font-size: 13.5px; width: 100%;
  font-variant-numeric: tabular-nums }
th, td { padding: 5px 8px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap;
  vertical-align: top } th:first-child, td.text { text-align: left } thead th { color: var(--muted); font-weight: 500 }
tbody th { font-weight: 500 } td small { display: block; color: var(--muted); font-size: 11.5px }
th:first-child { padding-left: 0 }
td p { white-space: normal; text-align: left; margin: 0; min-width: 240px; max-width: 520px }
summary { cursor: pointer; color: var(--muted); font-size: 14px } pre { background: var(--card); padding: 12px 14px;
  border: 1px solid var(--line); border-radius: 8px; overflow-x: auto; font-size: 13px }
@media (max-width: 480px) { main { padding: 18px 12px 40px } h1 { font-size: 25px } .verdict { font-size: 16px;
  padding: 12px 14px } .tiles { grid-template-columns: repeat(2, 1fr); gap: 8px } .tile b { font-size: 21px }
  .narrow { grid-template-columns: repeat(2, 1fr); gap: 8px } .narrow .card { padding: 8px }
  .small { grid-template-columns: repeat(2, 1fr); gap: 8px } }
@media print { .card, .verdict { break-inside: avoid } }
`
