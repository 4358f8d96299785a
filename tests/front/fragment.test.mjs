import assert from "node:assert/strict";
import { test } from "node:test";

import { takeFragment } from "../../tornchat/static/chat/fragment.js";

const page = (hash) => {
  const world = { replaced: [] };
  const location = { hash, pathname: "/chat/r/garden", search: "?transport=websocket" };
  const history = { state: { kept: 1 }, replaceState: (...args) => world.replaced.push(args) };
  return Object.assign(world, { brought: takeFragment(location, history) });
};

test("an invite is taken, and the address bar keeps the rest of the address only", () => {
  const { brought, replaced } = page("#invite=tc_a-b_c");
  assert.deepEqual(brought, { invite: "tc_a-b_c", token: null });
  assert.deepEqual(replaced, [[{ kept: 1 }, "", "/chat/r/garden?transport=websocket"]]);
});

test("an invite and a token may come together", () => {
  const { brought, replaced } = page("#token=a.b.c&invite=tc_x");
  assert.deepEqual(brought, { invite: "tc_x", token: "a.b.c" });
  assert.equal(replaced.length, 1);
});

for (const hash of ["", "#", "#main", "#invites=x", "#%E0%A4%A"]) {
  test(`an address without either stays as it is: ${hash}`, () => {
    assert.deepEqual(page(hash), { brought: null, replaced: [] });
  });
}
