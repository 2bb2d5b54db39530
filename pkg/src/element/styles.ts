/** Colours of the light and of the dark scheme, each a property of the page's (`--mf-…`) and one of the elements' own (`--_…`). */
const COLOURS = `
ink 1d1c1a ecebe6
soft 5c5850 aba79e
surface fff 1c1f24
sunken f7f5f0 16191d
rule dcd7cc 353a42
edge 857f73 7d838d
mine 0f4fa8 8fbcff
mine-tint e6effc 1a2b45
theirs 8a4100 f5b26b
theirs-tint fcedda 38270f
good 17623a 7fd6a0
good-tint e5f3ea 182b20
bad a3231c ff9d94
bad-tint fceae8 2f1c1c
decide 6a3ea1 cbaaf5
accent 14233b dfe9f9
on-accent fff 14233b
focus 0f4fa8 8fbcff
`;

/**
 * The look of the elements: by the width they are given, not the window's; logical, for both directions of writing; light and dark
 * by `color-scheme`. Every colour and font is a custom property that pages may set (`--mf-…`). One sheet for all elements.
 *
 * @internal
 */
export const STYLES = `
:host{
${COLOURS.replace(/(\S+) (\S+) (\S+)/g, "--_$1:var(--mf-$1,light-dark(#$2,#$3));")}
--_radius:var(--mf-radius,10px);
--_font:var(--mf-font,ui-sans-serif,system-ui,sans-serif);
--_text-font:var(--mf-text-font,var(--_font));
--_mono:var(--mf-mono,ui-monospace,monospace);
display:block;container-type:inline-size;color:var(--_ink);font:400 1rem/1.55 var(--_font);text-align:start}
:host([hidden]),[hidden]{display:none!important}
*,::before,::after{box-sizing:border-box}
h2,h3,p,ul,dl,dd,blockquote{margin:0;padding:0}
h2,h3{line-height:1.25}
ul{list-style:none}
small,.nothing{color:var(--_soft)}
.nothing{font-style:italic}
:focus-visible{outline:3px solid var(--_focus);outline-offset:2px;border-radius:4px}
.conflict{--_pad:clamp(.85rem,2.6cqi,1.75rem);padding:var(--_pad);border:1px solid var(--_rule);border-block-start:4px solid var(--_decide);border-radius:var(--_radius);background:var(--_surface)}
.heading{font-size:clamp(1.15rem,1rem + .9cqi,1.5rem);font-weight:680}
.about{margin-block-start:.4rem;max-inline-size:72ch;color:var(--_soft)}
.buttons{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.button{min-block-size:2.5rem;padding:.45rem 1rem;border:1px solid var(--_edge);border-radius:8px;background:var(--_surface);color:var(--_ink);font:500 .9375rem/1.3 var(--_font);cursor:pointer}
.button:hover:not(:disabled){text-decoration:underline}
.button.small{min-block-size:2rem;padding:.25rem .7rem;font-size:.875rem}
.main-button{border-color:var(--_accent);background:var(--_accent);color:var(--_on-accent);font-weight:600}
.button:disabled{border-style:dashed;border-color:var(--_edge);background:var(--_sunken);color:var(--_soft);cursor:not-allowed}
.main{margin-block:1rem}
.places{display:grid;gap:1.6rem}
.place{min-inline-size:0;scroll-margin-block:.75rem 8rem}
.place input,.place button,.place textarea,.place select,.result :is(button,textarea,input),.merged summary,.result summary{scroll-margin-block:3rem 8rem}
.place>header{display:flex;flex-wrap:wrap;gap:.25rem .65rem;align-items:center}
h3.label{font-size:1.0625rem;font-weight:650;overflow-wrap:anywhere;min-inline-size:0}
.chip{padding:.05rem .55rem;border:1px dashed var(--_decide);border-radius:99px;color:var(--_decide);font-size:.8125rem;font-weight:600;white-space:nowrap}
.is-decided>header .chip{border:1px solid var(--_good);color:var(--_good)}
.parent{color:var(--_soft);font-weight:500}
.said{position:absolute;inline-size:1px;block-size:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap;user-select:none}
.hint{margin-block-start:.2rem;color:var(--_soft);font-size:.9375rem}
.columns{display:grid;grid-template-columns:minmax(0,1fr);gap:.65rem;margin-block-start:.55rem}
.side{position:relative;--_side:var(--_ink);--_tint:var(--_sunken);min-inline-size:0;border:1px solid var(--_rule);border-radius:8px;overflow:clip}
.side-mine{--_side:var(--_mine);--_tint:var(--_mine-tint)}
.side-theirs{--_side:var(--_theirs);--_tint:var(--_theirs-tint)}
label:has(>[type=radio]):not(.switch){display:flex;gap:.6rem;align-items:center;min-block-size:2.6rem;padding:.35rem .8rem;cursor:pointer}
.side>label,.head{background:var(--_tint)}

.head{padding:.35rem .8rem}
.best{border-color:var(--_good);margin-block-start:.55rem}
.best>label{--_side:var(--_good);background:var(--_good-tint)}
.recommended{display:inline-block;margin-inline-start:.5rem;padding:0 .5rem;border:1px solid currentcolor;border-radius:99px;background:var(--_surface);color:var(--_good);font:600 .75rem/1.5 var(--_font);overflow-wrap:anywhere}
.columns~.side{margin-block-start:.65rem}
.lost{padding:0 .8rem .5rem;color:var(--_soft);font-size:.8125rem;overflow-wrap:anywhere}
.lost::before{content:"− "/"";font-weight:700}
.kept::before{content:"✓ "/""}
.more-choices{margin-block-start:.55rem}
.more-choices::before{content:"▸ "/""}
.more-choices[aria-expanded=true]::before{content:"▾ "/""}
.swatch{display:inline-block;inline-size:1em;block-size:1em;margin-inline-end:.35em;border:1px solid var(--_edge);border-radius:4px;forced-color-adjust:none}
.chips .quiet{border-style:dashed;color:var(--_soft)}
.side>label strong{color:var(--_side)}
.side:has(:checked){border-color:var(--_ink);box-shadow:0 0 0 1px var(--_ink)}
.side:has(input:focus-visible){outline:3px solid var(--_focus);outline-offset:2px}
.side input:focus-visible{outline:none}
input[type=radio],input[type=checkbox]{flex:none;inline-size:1.125rem;block-size:1.125rem;margin:0;accent-color:var(--_mine)}
.value{padding:.65rem .8rem;overflow-wrap:anywhere;unicode-bidi:isolate}
.text,.chips li,.nothing,.plain>*,.lost del{unicode-bidi:plaintext}
.plain>.button{display:block;margin-block-start:.35rem}
a{color:inherit}
.text{white-space:pre-wrap;overflow-wrap:anywhere}
.rows{row-gap:0}
.rows>.side{display:grid;grid-template-rows:subgrid}
.rows .value{display:grid;grid-template-rows:subgrid;grid-row:2/-2;padding:.35rem 0;font-family:var(--_text-font)}
.line{display:flex;min-inline-size:0;line-height:1.6}
.line>.text{flex:1;min-inline-size:0;padding-inline:.6rem .8rem;unicode-bidi:plaintext}
.line>.text:empty::before{content:"\\200b"}
.number{flex:none;min-inline-size:2.6em;padding-inline:.4em .5em;border-inline-end:1px solid var(--_rule);color:var(--_soft);font:.8125rem/1.97 var(--_mono);text-align:end;user-select:none}
.number::before{content:attr(data-n);content:attr(data-n)/""}
.rows .nothing{padding-inline:.8rem}
ins,del{padding:.05em .12em;border-radius:3px}
ins{background:var(--_good-tint);font-weight:600;text-decoration:underline 2px;text-underline-offset:3px}
.side-mine ins{background:var(--_mine-tint);color:var(--_mine)}
.side-theirs ins{background:var(--_theirs-tint);color:var(--_theirs)}
del{padding-inline:0;color:var(--_soft);text-decoration:line-through;user-select:none}
del+ins{margin-inline:.15em}
.moved{white-space:nowrap;margin-inline-start:.3em}
.control{margin-inline:.1em;padding-inline:.25em;border:1px solid var(--_bad);border-radius:4px;background:var(--_bad-tint);color:var(--_bad);font:600 .75em/1.3 var(--_mono);unicode-bidi:isolate;white-space:nowrap}
.picture{display:block;max-inline-size:100%;max-block-size:16rem;margin-block-start:.5rem}
.members{display:grid;grid-template-columns:minmax(4rem,auto) minmax(0,1fr);gap:.3rem .75rem}
.members>div{display:grid;grid-column:1/-1;grid-template-columns:subgrid}
dt{color:var(--_soft);font-size:.875rem;overflow-wrap:anywhere}
dd{min-inline-size:0;overflow-wrap:anywhere}
.chips{display:flex;flex-wrap:wrap;gap:.3rem;align-items:start}
.chips li{padding:.05rem .55rem;border:1px solid var(--_edge);border-radius:6px;overflow-wrap:anywhere;min-inline-size:0}
.furthers{display:grid;gap:.6rem;margin-block-start:.65rem}
.whole label small{display:block}
.edited{margin-block-start:1rem}
div:not([hidden]):not(:empty)+.problem{min-block-size:1.4rem}
.problem{color:var(--_bad);font-size:.875rem;font-weight:600}
.problem:not(:empty)::before,.refusal-title::before,.told.bad::before{content:"✕ "/"";color:var(--_bad);font-weight:700}
details{border-block-start:1px solid var(--_rule);padding-block:.75rem}
summary>h3{display:inline;font:inherit}
summary{inline-size:fit-content;padding-block:.25rem;min-block-size:1.75rem;font-weight:600;cursor:pointer}
.changes{display:grid;gap:.75rem;margin-block-start:.4rem;overflow-wrap:anywhere}
.changes .label{font-size:.875rem;font-weight:600}
.lines{font-family:var(--_text-font)}
.lines .place{margin-block:1rem}
.long{block-size:min(var(--mf-height,36rem),80vh);overflow:auto;overscroll-behavior:contain;border:1px solid var(--_rule);border-radius:8px;padding-inline:.5rem;overflow-anchor:none}
.long .sizer{position:relative}
.long .sizer>*{position:absolute;inset-inline:0;margin-block:0}
.long .place{padding-block:.75rem}
.long .place::after{content:"";display:block}
.fold{padding-block:.3rem}
.unfold{inline-size:100%;border-style:dashed;color:var(--_soft);text-align:start}
.status:not(:empty){margin-block:.75rem}
.told,.refusal{padding:.75rem .9rem;border-inline-start:4px solid var(--_rule);border-radius:6px;background:var(--_sunken);font-size:.9375rem;overflow-wrap:anywhere}
.told.bad,.refusal{border-color:var(--_bad);background:var(--_bad-tint)}
.refusal{display:grid;gap:.55rem}
.footer{position:sticky;inset-block-end:0;z-index:2;display:flex;flex-wrap:wrap;gap:.5rem 1.5rem;align-items:center;justify-content:space-between;margin:0 calc(-1*var(--_pad)) calc(-1*var(--_pad));padding:.6rem max(var(--_pad),env(safe-area-inset-right)) max(.6rem,env(safe-area-inset-bottom)) max(var(--_pad),env(safe-area-inset-left));border-block-start:1px solid var(--_rule);border-end-start-radius:var(--_radius);border-end-end-radius:var(--_radius);background:var(--_surface)}
.progress{display:grid;gap:.2rem;margin-inline-end:auto;min-inline-size:min(12rem,100%)}
progress{inline-size:100%;block-size:.4rem;accent-color:var(--_good)}
.best-button{margin-block-start:.75rem;overflow-wrap:anywhere;border-color:var(--_good);color:var(--_good);font-weight:600}
.best-button::before,.recommended::before{content:"★ "/""}
.waiting{font-weight:600}
@container (max-width:26rem){.members,.members>div{display:block}}
@container (max-width:15rem){.conflict .footer{position:relative}}
@container (max-width:43.99rem){.conflict{display:flex;flex-direction:column;border-inline:0;border-radius:0;padding-block-start:.6rem}.main{margin-block:.5rem 1rem}.main,slot{order:1}.about,.best-button{order:2;margin-block:.75rem}.merged{order:3}.result{order:4}.status{order:5}.footer{order:6;gap:.35rem}.footer .buttons{flex:100%;gap:.4rem}.tools>summary{inline-size:auto}.lines:not(.long)>.sizer>:is(.same:first-child,.fold:first-child,.fold:first-child+.same){display:none}.footer .button{flex:auto;padding:.3rem .6rem;line-height:1.2}.footer .main-button{flex:1}.progress{flex:1;min-inline-size:0}.waiting{font-size:.875rem}.whole>header{position:absolute;clip-path:inset(50%)}.filler{display:none}.rows>.side+.side{margin-block-start:.65rem}}
.one-column .filler{display:none}
.one-column .rows>.side+.side{margin-block-start:.65rem}
@container (min-width:44rem){
section:not(.one-column)>.main .columns[data-columns="2"]{grid-template-columns:repeat(2,minmax(0,1fr))}
section:not(.one-column)>.main .columns[data-columns="3"]{grid-template-columns:repeat(3,minmax(0,1fr))}
@media (forced-colors:active){.best{outline:1px dashed}.side:has(:checked){outline:2px solid Highlight}.told,.refusal{border:1px solid}}
`;
