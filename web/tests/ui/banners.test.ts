import { describe, expect, it } from "vitest";
import { FRESH_IMAGE_ITEM } from "../../src/model/items";
import { bannersOf, type BannerFacts } from "../../src/ui/banners";
import { imageDetail } from "../fixtures/items";

const calm: BannerFacts = {
  image: imageDetail(),
  imageItem: FRESH_IMAGE_ITEM,
  saving: { kind: "saved", message: "" },
  isReadOnly: false,
  isReachable: true,
  isReplaced: false,
  isLookedAt: false,
};
const redactions = [[0, 0, 9, 9]];
const burnedIn = imageDetail({ burnedIn: { warn: true, reason: "The header does not say that it has none." } });

describe("banners", () => {
  it.each([
    ["nothing is wrong", {}, []],
    ["the server is away", { isReachable: false }, ["unreachable"]],
    ["another tab has it", { saving: { kind: "elsewhere", message: "" }, isReadOnly: true }, ["elsewhere"]],
    ["it was changed elsewhere", { saving: { kind: "conflict", message: "" } }, ["conflict"]],
    ["the file is missing", { image: imageDetail({ isMissing: true }), isReadOnly: true }, ["missing"]],
    ["it is read only", { isReadOnly: true }, ["readOnly"]],
    ["the file was written anew", { isReplaced: true }, ["replaced"]],
    ["the file was changed", { image: imageDetail({ changedOnDisk: true }) }, ["changed"]],
    ["text may be burned in", { image: burnedIn }, ["burnedIn"]],
    ["some text is masked out", { image: burnedIn, imageItem: { ...FRESH_IMAGE_ITEM, redactions } }, ["burnedIn"]],
    ["nothing is left to hide", { image: burnedIn, isLookedAt: true }, []],
    ["the image is done", { image: burnedIn, imageItem: { ...FRESH_IMAGE_ITEM, state: "done" } }, []],
    ["no image is open", { image: null, isReadOnly: true }, []],
    ["saving failed", { saving: { kind: "failed", message: "Disk full." } }, ["failed"]],
  ] as [string, Partial<BannerFacts>, string[]][])("when %s", (_, over, ids) => {
    expect(bannersOf({ ...calm, ...over }).map(({ id }) => id)).toEqual(ids);
  });

  it("offer what helps", () => {
    const [elsewhere] = bannersOf({ ...calm, saving: { kind: "elsewhere", message: "" } });
    expect(elsewhere?.action).toBe("takeOver");
    const [text] = bannersOf({ ...calm, image: burnedIn });
    expect(text?.action).toBe("maskOut");
    expect(text?.text).toContain("The header does not say");
    expect(text?.dismissal).toBe("Nothing to hide");
    const begun = { ...FRESH_IMAGE_ITEM, crop: [0, 0, 9, 9] as [number, number, number, number] };
    expect(bannersOf({ ...calm, image: burnedIn, imageItem: begun })[0]?.dismissal).toBe("Nothing else to hide");
    expect(elsewhere?.dismissal).toBe("");
  });
});
