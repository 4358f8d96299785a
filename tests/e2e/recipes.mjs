// Makes modules for browsers of a recipe on standard input: `node recipes.mjs react|vue`.

import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";

const source = await text(process.stdin);
const compile = {
  async react() {
    const { default: ts } = await import("typescript");
    const compilerOptions = { jsx: ts.JsxEmit.ReactJSX, module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
    return ts.transpileModule(source, { compilerOptions, reportDiagnostics: true }).outputText;
  },
  async vue() {
    const { compileScript, parse } = await import("vue/compiler-sfc");
    const { descriptor, errors } = parse(source);
    if (errors.length > 0) throw errors[0];
    return compileScript(descriptor, { id: "chat", inlineTemplate: true }).content;
  },
  /** React comes as CommonJS alone: its parts become one module with the exports that are wanted. */
  async bundle() {
    const parts = {
      react: "react/cjs/react.production.js",
      "react/jsx-runtime": "react/cjs/react-jsx-runtime.production.js",
      "react-dom": "react-dom/cjs/react-dom.production.js",
      "react-dom/client": "react-dom/cjs/react-dom-client.production.js",
      scheduler: "scheduler/cjs/scheduler.production.js",
    };
    const folder = new URL("../node_modules/", import.meta.url);
    const made = Object.entries(parts).map(([name, path]) => {
      const code = readFileSync(new URL(path, folder), "utf8");
      return `${JSON.stringify(name)}: (module, exports) => {\n${code}\n}`;
    });
    return `const parts = {${made.join(",\n")}};
      const known = {};
      function require(name) {
        if (!known[name]) parts[name]((known[name] = { exports: {} }), known[name].exports);
        return known[name].exports;
      }
      export const { StrictMode, createElement, useEffect, useRef } = require("react");
      export const { jsx, jsxs } = require("react/jsx-runtime");
      export const { createRoot } = require("react-dom/client");
      export const { flushSync } = require("react-dom");`;
  },
};
process.stdout.write(await compile[process.argv[2]]());
