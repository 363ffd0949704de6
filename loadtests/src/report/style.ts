/** The report's style: one column, both themes, narrow screens, paper. No font and no image comes from elsewhere. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fbfaf8; --card: #ffffff; --ink: #1c1d22; --soft: #62646e; --line: #e3e0da; --track: #efece6;
  --accent: #c2410c; --accent-soft: #fbe4d5; --calm: #2f6f8f; --calm-soft: #d5e6ee; --good: #2e7d4f; --bad: #b42318;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15161a; --card: #1d1f24; --ink: #ecebe7; --soft: #a0a2ab; --line: #33353c; --track: #2a2c33;
    --accent: #fb8a4c; --accent-soft: #4a2a18; --calm: #7fbcd9; --calm-soft: #213b48; --good: #6cc492; --bad: #ff8a7d;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
.eyebrow, .meta, figcaption, dt { color: var(--soft); font-size: .875rem; }
.eyebrow { margin: 0 0 .5rem; }
h1 { font-size: clamp(1.4rem, 1.1rem + 1.6vw, 2.1rem); line-height: 1.25; margin: 0 0 1.5rem; letter-spacing: -.01em; text-wrap: pretty; overflow-wrap: anywhere; }
h1.calm { color: var(--good); }
h2 { font-size: 1.2rem; margin: 2.75rem 0 .75rem; }
h3 { font-size: 1.1rem; margin: 0; overflow-wrap: anywhere; }
h4 { font-size: .8rem; margin: 1.1rem 0 .25rem; color: var(--soft); font-weight: 600; }
p { margin: .25rem 0; }
code, pre { font: .84em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 1rem; overflow-wrap: normal; }
summary { cursor: pointer; color: var(--calm); font-size: .875rem; }
.numbers { display: flex; flex-wrap: wrap; gap: 1px; padding: 0; margin: 0; list-style: none; background: var(--line); border: 1px solid var(--line); border-radius: 10px; overflow: hidden; }
.numbers li { flex: 1 1 7rem; background: var(--card); padding: .8rem 1rem; }
.numbers b { display: block; font-size: 1.35rem; font-variant-numeric: tabular-nums; line-height: 1.2; }
.numbers span { color: var(--soft); font-size: .85rem; }
.numbers .strong b { color: var(--accent); } .numbers .bad b { color: var(--bad); }
.notes { border-left: 3px solid var(--accent); padding: .25rem 0 .25rem 1.75rem; margin: 1rem 0; }
.finding { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1.25rem 1.4rem; margin: 0 0 1rem; }
.finding header { display: flex; gap: .9rem; align-items: flex-start; }
.rank { flex: none; width: 2rem; height: 2rem; border-radius: 50%; background: var(--accent-soft); color: var(--accent); font-weight: 700; display: grid; place-items: center; }
.finding:not(:first-of-type) .rank { background: var(--track); color: var(--soft); }
.track { background: var(--track); border-radius: 4px; height: .7rem; overflow: hidden; min-width: 3rem; }
.track > div { height: 100%; background: var(--accent); border-radius: 4px; }
.track .after { background: var(--good); } .track .before { background: var(--soft); }
.meter { display: flex; align-items: center; gap: 1rem; margin-top: 1rem; }
.meter .track { flex: 1; } .meter p { flex: none; }
.gain { display: grid; grid-template-columns: auto 1fr auto; gap: .3rem .75rem; align-items: center; margin: .4rem 0; font-size: .9rem; }
.evidence { padding-left: 1.2rem; margin: 0; } .evidence li { margin: .2rem 0; }
figure { margin: 0 0 1.5rem; }
figcaption { margin-bottom: .4rem; display: flex; flex-wrap: wrap; gap: .25rem 1rem; }
.legend { display: inline-flex; gap: .9rem; } .legend i { display: inline-block; width: 1rem; height: 3px; border-radius: 2px; margin-right: .35rem; vertical-align: middle; background: currentColor; }
svg { display: block; width: 100%; height: auto; font: 12px system-ui, sans-serif; }
svg text { fill: var(--soft); } svg .grid { stroke: var(--line); }
.line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; } .area { fill: currentColor; opacity: .1; }
.p95 { color: var(--accent); } .p50 { color: var(--calm); } .p99 { color: var(--soft); } .line.p99 { stroke-width: 1.25; stroke-dasharray: 4 3; } .rate { color: var(--calm); } .failed { color: var(--bad); }
.narrow { display: none; }
.waterfall ol { list-style: none; margin: 0; padding: .4rem 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
.waterfall li { display: grid; grid-template-columns: minmax(0, 21rem) 1fr 5.5rem; gap: .75rem; align-items: center; padding: .18rem 1rem; font-size: .85rem; }
.what { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; } .what em { color: var(--bad); font-style: normal; font-weight: 600; }
.bars { position: relative; height: 1rem; background: linear-gradient(90deg, var(--line) 1px, transparent 1px) 0 0 / 25% 100%; }
.bars i, .key { position: absolute; top: .25rem; height: .5rem; min-width: 2px; border-radius: 2px; background: var(--calm-soft); }
.bars .critical, .key.critical { background: var(--accent); }
.key { position: static; display: inline-block; width: 1.4rem; margin: 0 .2rem 0 .6rem; } .key:first-child { margin-left: 0; }
.time { text-align: right; font-variant-numeric: tabular-nums; line-height: 1.15; } .time small { display: block; color: var(--accent); }
.scroll { overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: collapse; width: 100%; font-size: .9rem; }
th { text-align: left; color: var(--soft); font-weight: 500; font-size: .82rem; }
th, td { padding: .45rem .75rem; border-bottom: 1px solid var(--line); vertical-align: top; } tr:last-child td { border-bottom: 0; }
.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } td.bar { width: 8rem; vertical-align: middle; } .operation { overflow-wrap: anywhere; min-width: 11rem; }
dl { display: grid; grid-template-columns: 8.5rem 1fr; gap: .35rem 1rem; margin: 0; } dd { margin: 0; min-width: 0; overflow-wrap: anywhere; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 640px) {
  main { padding: 1.5rem 1rem 3rem; } .wide { display: none; } .narrow { display: block; }
  .numbers li { flex-basis: 30%; padding: .6rem .75rem; } .numbers b { font-size: 1.1rem; }
  .finding { padding: 1rem; } dl { grid-template-columns: 1fr; gap: .1rem; } dd { margin-bottom: .6rem; }
  .waterfall li { grid-template-columns: minmax(0, 1fr) auto; row-gap: 0; padding: .25rem .75rem; } .bars { grid-column: 1 / -1; grid-row: 2; } .time small { display: inline; margin-left: .4rem; }
  .meter { flex-direction: column; align-items: stretch; gap: .4rem; } .meter .track { flex: none; }
  td.bar, th.bar, .wider { display: none; } th, td { padding: .45rem .5rem; } .operation { min-width: 8rem; }
}
@media print {
  :root { --page: #fff; --card: #fff; } main { max-width: none; padding: 0; }
  .finding, figure, tr { break-inside: avoid; } h2 { break-after: avoid; } .track > div, .bars i, .rank { print-color-adjust: exact; }
}
`;
