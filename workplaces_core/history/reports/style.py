"""How report pages look: calm and dense, light and dark, and fit to print."""

from __future__ import annotations

STYLE = """
:root{color-scheme:light dark;--bg:#fff;--fg:#1c2126;--dim:#5b6570;--line:#d9dee3;--soft:#f4f6f8;--recorded:#6b7683;
--a:#1f6fb2;--b:#c2570c;--good:#1a7f4b;--fair:#8a6100;--poor:#b3261e}
@media (prefers-color-scheme:dark){:root{--bg:#14181c;--fg:#e6e9ec;--dim:#a2adb8;--line:#343c44;--soft:#1d2329;
--recorded:#98a4b0;--a:#6db3f2;--b:#f0a05a;--good:#5fd08f;--fair:#e0b84c;--poor:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
main{max-width:960px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:26px;line-height:1.2;margin:0 0 4px}h2{font-size:19px;margin:40px 0 6px;padding-top:14px;
border-top:1px solid var(--line)}h3{font-size:15px;margin:20px 0 4px}
p{margin:6px 0;max-width:76ch}.dim,caption{color:var(--dim)}a{color:var(--a)}
nav{float:right}.lead{font-size:17px}.lead li{margin:4px 0}
table{border-collapse:collapse;margin:10px 0;width:100%;font-variant-numeric:tabular-nums}
caption{text-align:left;padding-bottom:4px}th{font-weight:600;color:var(--dim);vertical-align:bottom}
th,td{padding:4px 10px 4px 0;border-bottom:1px solid var(--line);text-align:right}
th:first-child,td:first-child,.text td,.text th{text-align:left}.wide{overflow-x:auto}
td small{display:block;color:var(--dim);font-size:12px}
.mark{font-weight:600;white-space:nowrap}.good{color:var(--good)}.fair{color:var(--fair)}.poor{color:var(--poor)}
.side{white-space:nowrap}.key{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}
.key.recorded{background:var(--recorded)}.key.a{background:var(--a)}.key.b{background:var(--b)}
svg{width:100%;height:auto;display:block;margin:10px 0}svg text{font:12px system-ui,sans-serif;fill:var(--fg)}
svg .axis{fill:var(--dim);font-size:11px}svg .value{fill:var(--dim);font-size:11px}.grid{stroke:var(--line)}
.line{fill:none;stroke-width:2}.line.recorded{stroke:var(--recorded);stroke-dasharray:5 4}.line.a{stroke:var(--a)}
.line.b{stroke:var(--b)}.dot{stroke:var(--bg)}svg .recorded.name,.dot.recorded,.bar.recorded{fill:var(--recorded)}
svg .a.name,.dot.a,.bar.a{fill:var(--a)}svg .b.name,.dot.b,.bar.b{fill:var(--b)}
.cell{fill:var(--a);stroke:var(--line);stroke-width:.5}
.maps{display:grid;grid-template-columns:repeat(auto-fit,minmax(290px,1fr));gap:8px 20px}.maps h3{margin:8px 0 0}
details{margin:8px 0}summary{cursor:pointer;padding:6px 0}.why{background:var(--soft);border-radius:6px;
padding:10px 14px;margin:8px 0}.why ul{margin:4px 0;padding-left:20px;list-style:none}.why li.for::before{content:"+ "}
.why li.against::before{content:"− "}code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
.notes{background:var(--soft);border-left:3px solid var(--fair);padding:8px 14px;margin:14px 0}
@media print{:root{--bg:#fff;--fg:#000;--dim:#444;--line:#bbb;--soft:#f4f4f4;--recorded:#6b7683;--a:#1f6fb2;--b:#c2570c;
--good:#1a7f4b;--fair:#8a6100;--poor:#b3261e}main{max-width:none;padding:0}nav{display:none}
svg,table,.why{break-inside:avoid}h2,h3{break-after:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}
"""
