import { describe, expect, it } from "vitest";
import { readAddress, writeAddress } from "../../src/state/address";

describe("the page's address", () => {
  it.each([
    ["", null, 0],
    ["#image=abc", "abc", 0],
    ["#image=abc&frame=7", "abc", 7],
    ["#frame=7&image=a%26b", "a&b", 7],
    ["#image=abc&frame=-1", "abc", 0],
    ["#image=abc&frame=x", "abc", 0],
  ])("%s", (hash, imageId, frame) => {
    expect(readAddress(hash)).toEqual({ imageId, frame });
  });

  it("comes back", () => {
    const address = { imageId: "a/b&c=d", frame: 12 };
    expect(readAddress(writeAddress(address))).toEqual(address);
  });
});
