/** The list of labels while it is being edited: plain copies in, plain copies out. */
import type { CountedLabel } from "../api/answers";
import type { Label } from "../model/items";
import { withSwap } from "./list_order";

/** Well apart from each other and from grey; readable on a dark picture. */
const COLOURS = [
  "#4cc9f0",
  "#ffb703",
  "#80ed99",
  "#f72585",
  "#b388ff",
  "#ff7b54",
  "#f9f871",
  "#00b4a0",
  "#ff9ecd",
  "#9fb8ff",
];

/** A colour that no label has yet, or the one that comes next. */
export function freshColour(labels: readonly Label[]): string {
  const used = new Set(labels.map((label) => label.colour.toLowerCase()));
  return COLOURS.find((colour) => !used.has(colour)) ?? COLOURS[labels.length % COLOURS.length] ?? "#4cc9f0";
}

/** The list with one more label at its end. */
export function withNew(labels: readonly CountedLabel[], id: string): CountedLabel[] {
  return [...labels, { id, name: "", colour: freshColour(labels), objects: 0 }];
}

/** The list with one label altered. */
export function withEdit(labels: readonly CountedLabel[], id: string, edit: Partial<Label>): CountedLabel[] {
  return labels.map((label) => (label.id === id ? { ...label, ...edit } : label));
}

/** The list with one label moved by so many places; the same list where it cannot go. */
export function withMove(labels: readonly CountedLabel[], id: string, by: -1 | 1): CountedLabel[] {
  return withSwap(
    labels,
    labels.findIndex((label) => label.id === id),
    by,
  );
}

/** The list without the rows that were added and left empty. */
export function withoutBlank(labels: readonly CountedLabel[], before: readonly Label[]): CountedLabel[] {
  const isOld = new Set(before.map((label) => label.id));
  return labels.filter((label) => label.name.trim() !== "" || isOld.has(label.id));
}

/** Why the list cannot be kept as it is, or null. */
export function whyNotKept(labels: readonly Label[]): string | null {
  const names = labels.map((label) => label.name.trim().toLowerCase());
  if (names.includes("")) return "Give each label a name.";
  const twice = labels.find((label, index) => names.indexOf(label.name.trim().toLowerCase()) !== index);
  return twice ? `There are two labels "${twice.name.trim()}": give one another name.` : null;
}

/** Why a label cannot go, or null. */
export function whyNotDeleted(label: CountedLabel): string | null {
  if (label.objects === 0) return null;
  const objects = label.objects === 1 ? "1 object has" : `${label.objects} objects have`;
  return `${objects} this label: give them another one first.`;
}

/** What is sent to the server. */
export function asLabels(labels: readonly CountedLabel[]): Label[] {
  return labels.map(({ id, name, colour }) => ({ id, name: name.trim(), colour }));
}
