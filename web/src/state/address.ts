/** The image and the frame in the page's address: `#image=<id>&frame=<t>`. */
export interface Address {
  imageId: string | null;
  frame: number;
}

export function readAddress(hash: string): Address {
  const values = new URLSearchParams(hash.replace(/^#/, ""));
  const frame = Number(values.get("frame") ?? 0);
  return { imageId: values.get("image") || null, frame: Number.isInteger(frame) && frame >= 0 ? frame : 0 };
}

export function writeAddress({ imageId, frame }: Address): string {
  return imageId === null ? "" : `#${new URLSearchParams({ image: imageId, frame: String(frame) }).toString()}`;
}
