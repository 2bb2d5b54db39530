/**
 * The look of what is loaded later: values of one's own, orders, the result, filters, options.
 *
 * @internal
 */
export const LATER_STYLES = `
.toolbar{position:absolute;inset-block-end:calc(100% + .4rem);inset-inline-end:0;z-index:3;display:grid;gap:.6rem;justify-items:start;inline-size:max-content;max-inline-size:min(22rem,88cqi);max-block-size:60vh;overflow:auto;padding:.9rem;border:1px solid var(--_edge);border-radius:var(--_radius);background:var(--_surface);box-shadow:0 6px 24px #0003}
.steps,.segments{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.segments{gap:0;border:1px solid var(--_edge);border-radius:8px;overflow:clip}
.segments .switch{padding-inline:.65rem}
.segments .switch+.switch{border-inline-start:1px solid var(--_edge)}
.segments .switch:has(:checked){background:var(--_sunken);font-weight:600}
.switch{display:inline-flex;gap:.45rem;align-items:center;min-block-size:2rem;font-size:.875rem;cursor:pointer}
.where{font-weight:600}
.edited-item{margin-block-start:.5rem}
mark{background:none;color:inherit;text-decoration:underline dotted 2px;text-underline-offset:4px}
ol.order{margin:0;padding-inline-start:1.6em}
.own ol.order{padding:0;list-style:none;display:grid;gap:.35rem}
.own .order li{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;padding:.2rem .5rem;border:1px solid var(--_edge);border-radius:8px;background:var(--_surface)}
.own .order .text{flex:1;min-inline-size:0}
.grip{cursor:grab;touch-action:none;padding:.4rem;color:var(--_soft)}
.dragged{border-style:dashed!important;background:var(--_sunken)!important}
.step{min-inline-size:2.5rem;padding-inline:.4rem}
.own{display:grid;gap:.3rem;margin-block-start:.65rem;font-size:.9375rem}
.table{overflow-x:auto}
.table table{border-collapse:collapse;inline-size:100%;font-size:.9375rem}
.table :is(th,td){padding:.25rem .6rem .25rem 0;border-block-end:1px solid var(--_rule);text-align:start;vertical-align:top}
.table :is(th,caption){color:var(--_soft);font-size:.8125rem;font-weight:500;text-align:start}
.own-fields{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(12rem,100%),1fr));gap:0 .75rem}
.inner{grid-column:1/-1;padding-inline-start:.75rem;border-inline-start:2px solid var(--_rule)}
:is(.inner>strong,.own-fields>.own:has(ol)){grid-column:1/-1}
.own-item{flex:1 1 100%;border:0;padding:0}
.own-item>summary{padding:.35rem .75rem;min-block-size:2rem}
.own label{font-weight:600}
.own :is(input:not([type=checkbox]),textarea,select),textarea{inline-size:100%;min-inline-size:0;min-block-size:2.5rem;padding:.45rem .65rem;border:1px solid var(--_edge);border-radius:8px;background:var(--_sunken);color:var(--_ink);font:inherit;line-height:1.6;resize:vertical;field-sizing:content;max-block-size:var(--mf-height,36rem)}
[aria-invalid]{border-color:var(--_bad)!important;box-shadow:inset 0 0 0 1px var(--_bad)}
.result .problem{margin-block:.4rem}
.result .lines{margin-block-start:.4rem;padding-block:.6rem;border-radius:8px;background:var(--_sunken)}
.result .same{padding-inline:.25rem}
.part>.own{flex-basis:100%;margin:0 0 .4rem}
.edit{min-block-size:1.75rem;padding:.1rem .5rem;border-color:#0000;background:none;color:var(--_soft);font-size:.8125rem}
.edit:hover:not(:disabled),.edit:focus-visible{border-color:var(--_edge);color:var(--_ink)}
.form{margin-block-start:.5rem;padding:.8rem 1rem;border-radius:8px;background:var(--_sunken)}
.form dl{display:grid;gap:.6rem 1.5rem}
.form dl.members{gap:.3rem}
.form dd:has(>.edit){display:flex;flex-wrap:wrap;gap:.25rem .5rem;align-items:baseline}
.form .edit{margin-inline-start:-.5rem}
.form dd:has(>.edit)>:first-child{flex:0 1 auto;min-inline-size:0}
.form .own{flex-basis:100%}
.filter{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin-block-start:.6rem;font-size:.9375rem}
.filter .input{min-block-size:2.25rem;padding:.3rem .6rem;border:1px solid var(--_edge);border-radius:8px;background:var(--_surface);color:inherit;font:inherit;min-inline-size:0;max-inline-size:12rem}
.form>dl{grid-template-columns:repeat(2,minmax(0,1fr))}}
.part>.text,.part>.line{flex:1 1 16rem;min-inline-size:0;line-height:1.6}
.part.fromWaiting{border-inline-start-style:dashed}
.pager{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center;margin-block-start:1rem}
.refusal details{border:0;padding:0;margin:0}
.refusal textarea{background:var(--_surface);margin-block:.3rem .5rem}
.server-words{padding-inline-start:.75rem;border-inline-start:2px solid var(--_edge)}
.server-words span{color:var(--_soft)}
.states{display:flex;flex-wrap:wrap;gap:.5rem 1.5rem}
.code{color:var(--_soft);font:.8125rem/1.4 var(--_mono)}
.moving{padding-inline:0}
.origin{display:inline-block;padding:0 .45rem;border:1px solid currentcolor;border-radius:99px;background:var(--_surface);color:var(--_from,var(--_soft));font:600 .75rem/1.45 var(--_font);white-space:nowrap}
.fromMine{--_from:var(--_mine)}.fromTheirs{--_from:var(--_theirs)}.fromDecided{--_from:var(--_good)}.fromWaiting{--_from:var(--_decide)}
.badges{display:inline-flex;gap:.3rem}
.origin.fromWaiting{border-style:dashed}
.part{position:relative;display:flex;flex-wrap:wrap;gap:.15rem .75rem;align-items:baseline;padding:.15rem .6rem;border-inline-start:4px solid var(--_from,var(--_rule));background:var(--_surface)}
.part.side-mine{--_from:var(--_mine)}.part.side-theirs{--_from:var(--_theirs)}
.tools{position:relative;border:0;padding:0}
.tools>summary{display:flex;align-items:center;list-style:none;min-block-size:2.5rem;font-weight:500}
.tools>summary::-webkit-details-marker{display:none}
.tools[open]>summary{background:var(--_sunken)}
.tools:not([open])>.toolbar{display:none}
@container (max-width:43.99rem){.tools{position:static}.toolbar{inset-inline:var(--_pad);inline-size:auto;max-inline-size:none}}
@media (forced-colors:active){.part{border:1px solid}}
@container (max-width:43.99rem){.segments{display:none}}
@container (min-width:44rem){.form>dl{grid-template-columns:repeat(2,minmax(0,1fr))}}
`;
