/** How the open chat looks. */

/** Where there is no room beside the panel: it takes the whole screen. */
export const SMALL = "(max-width:480px),(max-height:400px)";

const WHOLE = [
  "{inset:var(--t,0) 0 auto;width:auto;height:var(--h,100dvh);min-height:0;border-radius:0;outline:0;box-sizing:border-box;",
  "padding:env(safe-area-inset-top) env(safe-area-inset-right) env(safe-area-inset-bottom) env(safe-area-inset-left)}",
].join("");

export const OPENED = [
  "iframe{display:block;width:100%;height:100%;border:0;color-scheme:inherit;transition:opacity .15s}",
  ".root:not(.ready) iframe{opacity:0}",
  ".root:not(.ready)>.panel::before{content:'';position:absolute;inset:0 0 auto;height:48px;",
  "background:light-dark(#f0f1f5,#252932)}",
  ".fixed>.panel{min-height:0;box-shadow:var(--d)}",
  ".bubble>.panel{width:min(380px,100vw - 2*var(--x));height:min(620px,100dvh - 90px - var(--y));",
  "animation:tornchat .18s ease-out}",
  "@keyframes tornchat{from{opacity:0;transform:translateY(12px)}}",
  `.full.fixed>.panel${WHOLE}`,
  `@media ${SMALL}{.bubble>.panel${WHOLE}.open.ready>button{display:none}}`,
  "@media(prefers-reduced-motion:reduce){.panel,iframe{animation:none!important;transition:none}}",
].join("");
