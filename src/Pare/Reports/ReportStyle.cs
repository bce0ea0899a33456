namespace Pare.Reports;

/// <summary>The style sheet of every report. Series colours keep apart for colour-blind readers, on light and on dark ground.</summary>
internal static class ReportStyle
{
    public const string Css = """

        :root {
          --ground: #ffffff; --panel: #f5f6f8; --ink: #1c2127; --soft: #5c6670; --line: #d9dde2; --grid: #e8ebee; --warn: #8a4b00; --warn-ground: #fff4e0;
          --s0: #1f6fb4; --s1: #d1570c; --s2: #1a8a66; --s3: #b0408a; --s4: #7a6a00; --s5: #5a52c4; --s6: #0e8c9c; --s7: #6b7480;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #15181c; --panel: #1e2227; --ink: #e7eaee; --soft: #9ea8b3; --line: #343b43; --grid: #282d33; --warn: #ffc36b; --warn-ground: #33270f;
            --s0: #62b0ee; --s1: #f59452; --s2: #4fcb9f; --s3: #e58ac6; --s4: #d6c34a; --s5: #a39df5; --s6: #54c8d6; --s7: #a7b0ba;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 60rem; padding: 2rem 1.25rem 3rem; background: var(--ground); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif; }
        h1 { font-size: 1.7rem; line-height: 1.2; margin: 0; text-wrap: balance; }
        header p { margin: .35rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
        header { border-bottom: 1px solid var(--line); padding-bottom: 1.1rem; }
        h2 { font-size: 1.2rem; margin: 2.2rem 0 .7rem; }
        p { margin: .6rem 0; max-width: 46rem; }
        .warning { border-left: 4px solid var(--warn); background: var(--warn-ground); color: var(--warn); padding: .55rem .9rem; border-radius: 0 .3rem .3rem 0; }
        .figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(11.5rem, 1fr)); gap: .75rem; margin: 1rem 0; }
        .figures div { background: var(--panel); border-radius: .45rem; padding: .75rem .95rem; }
        .figures dt { color: var(--soft); font-size: .84rem; }
        .figures dd { margin: 0; }
        .figures .value { font-size: 1.28rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.35; }
        .figures .note { color: var(--soft); font-size: .8rem; }
        .scroll { overflow-x: auto; margin: 1rem 0; }
        table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums; }
        caption { text-align: left; color: var(--soft); padding-bottom: .4rem; font-size: .88rem; }
        th { font-weight: 600; border-bottom: 1px solid var(--soft); vertical-align: bottom; }
        th, td { padding: .34rem .75rem; }
        th:first-child, td:first-child { padding-left: .2rem; }
        td { border-bottom: 1px solid var(--line); vertical-align: top; }
        tbody tr:hover { background: var(--panel); }
        .number { text-align: right; white-space: nowrap; }
        .text { text-align: left; overflow-wrap: break-word; }
        details { margin: 1rem 0; border: 1px solid var(--line); border-radius: .45rem; padding: .1rem .9rem; }
        summary { cursor: pointer; padding: .45rem 0; color: var(--soft); }
        figure { margin: 1.2rem 0; }
        figcaption { color: var(--soft); font-size: .88rem; margin-top: .2rem; }
        svg { display: block; width: 100%; min-width: 38rem; height: auto; }
        svg text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", Arial, sans-serif; fill: var(--soft); font-variant-numeric: tabular-nums; }
        svg .label { fill: var(--ink); }
        .grid { stroke: var(--grid); stroke-width: 1; }
        .axis { stroke: var(--soft); stroke-width: 1; }
        .reference { stroke: var(--soft); stroke-width: 1.3; stroke-dasharray: 5 4; fill: none; }
        .clear { stroke: var(--ground); stroke-width: 4; opacity: .75; }
        .mark { stroke: var(--ink); stroke-width: 1.8; stroke-dasharray: 4 2.5; }
        .error { stroke: var(--ink); stroke-width: 1.3; fill: none; }
        .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
        .halo { stroke: var(--ground); stroke-width: 3px; paint-order: stroke; stroke-linejoin: round; }
        .s0 { --c: var(--s0); } .s1 { --c: var(--s1); } .s2 { --c: var(--s2); } .s3 { --c: var(--s3); }
        .s4 { --c: var(--s4); } .s5 { --c: var(--s5); } .s6 { --c: var(--s6); } .s7 { --c: var(--s7); }
        .stroke { stroke: var(--c); }
        .fill { fill: var(--c); }
        footer { margin-top: 2.5rem; padding-top: .8rem; border-top: 1px solid var(--line); color: var(--soft); font-size: .82rem; overflow-wrap: anywhere; }
        @media print { body { max-width: none; padding: 0; } details, figure, table { break-inside: avoid; } }

        """;
}
