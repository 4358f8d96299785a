/** How the closed chat looks. The page's own style reaches none of it but by `--tornchat-*` and `::part`. */

export const CLOSED = [
  ":host{all:initial;display:block;height:100%}",
  // No box that a rule for all elements of the page could move or hide.
  ":host([fixed]){all:initial!important;display:contents!important}",
  "[hidden]{display:none!important}",
  ".root{--a:var(--tornchat-accent,light-dark(#4457d6,#9aa8ff));--r:var(--tornchat-radius,12px);",
  "--s:light-dark(#fff,#1a1d23);--e:1px solid light-dark(#dcdfe8,#474d5c);--d:0 2px 6px #0003,0 8px 28px #0003;height:100%;",
  "font:15px/1.45 var(--tornchat-font,system-ui,sans-serif);color:light-dark(#1b1e26,#e8eaf0)}",
  ".panel{position:relative;display:grid;height:100%;min-height:320px;overflow:hidden;",
  "outline:var(--e);outline-offset:-1px}",
  ".panel,.note{background:var(--s);border-radius:var(--r)}",
  ".fixed>*{position:fixed;z-index:var(--z)}",
  ".right>*{inset-inline-end:var(--x)}.left>*{inset-inline-start:var(--x)}",
  ".bottom>*{bottom:calc(var(--y) + 70px)}.top>*{top:calc(var(--y) + 70px)}",
  ".bottom>button{bottom:var(--y)}.top>button{top:var(--y)}",
  "button{width:56px;height:56px;padding:0;border:1px solid #0000;border-radius:50%;cursor:pointer;",
  "background:var(--a);color:light-dark(#fff,#14172b);box-shadow:var(--d);transition:filter .15s}",
  "@supports(color:lch(from red l 0 0)){button{color:lch(from var(--a) calc((49.44 - l)*infinity) 0 0)}}",
  "@media(hover:hover){button:hover{filter:brightness(1.1)}}",
  "button:focus-visible{outline:3px solid var(--a);outline-offset:3px}",
  "svg{width:28px;vertical-align:middle;fill:none;stroke:currentcolor;stroke-width:2.4;",
  "stroke-linecap:round;stroke-linejoin:round}",
  ".badge{position:absolute;top:-4px;inset-inline-end:-4px;min-width:20px;padding:0 5px;box-sizing:border-box;",
  "border-radius:10px;box-shadow:0 0 0 2px var(--s);background:#c3271b;color:#fff;font:600 12px/20px system-ui,sans-serif}",
  ".note{margin:0;padding:12px 16px;overflow-wrap:anywhere;border:var(--e)}",
  ".fixed>.note{max-width:min(300px,100vw - 34px - 2*var(--x));box-shadow:var(--d)}",
  "@media print{.fixed{display:none}}",
].join("");

/**
 * Puts rules into a shadow, where a host's policy for styles does not count.
 * @param {ShadowRoot} shadow
 * @param {string} rules
 * @param {string} [nonce]  for browsers that cannot do it so
 */
export function dress(shadow, rules, nonce = "") {
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    shadow.adoptedStyleSheets = [...shadow.adoptedStyleSheets, sheet];
  } catch {
    const style = document.createElement("style");
    style.nonce = nonce;
    style.textContent = rules;
    shadow.prepend(style);
  }
}
