/** A relative path as its folder and its last part. */
export function splitName(path: string): { folder: string; base: string } {
  const cut = path.lastIndexOf("/") + 1;
  return { folder: path.slice(0, cut), base: path.slice(cut) };
}
