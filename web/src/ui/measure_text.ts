/** Measurements as a reader of images writes them: millimetres where the image is calibrated, else pixels. */
import type { Measurements } from "../api/answers";

export interface MeasureRow {
  name: string;
  value: string;
}

const THOUSANDS = /\B(?=(\d{3})+(?!\d))/g;

/** A number with so many decimals and a thin space between thousands. */
export function figure(value: number, decimals: number): string {
  const [whole = "", part] = value.toFixed(decimals).split(".");
  const grouped = whole.replace(THOUSANDS, "\u202f");
  return part === undefined ? grouped : `${grouped}.${part}`;
}

/** Whether the image's millimetres are known here. */
export function isCalibrated(measurements: Measurements): boolean {
  return measurements.area_mm2 !== null;
}

/** The rows of the panel; what there is nothing of is left out. */
export function measureRows(m: Measurements): MeasureRow[] {
  const mm = isCalibrated(m);
  const unit = mm ? "mm" : "px";
  const length = (inMm: number | null, inPx: number | null): string | null => {
    const value = mm ? inMm : inPx;
    return value === null ? null : `${figure(value, 1)} ${unit}`;
  };
  const major = mm ? m.ellipse_major_axis_mm : m.ellipse_major_axis_px;
  const minor = mm ? m.ellipse_minor_axis_mm : m.ellipse_minor_axis_px;
  const rows: [string, string | null][] = [
    ["Area", m.area_mm2 !== null ? `${figure(m.area_mm2, 1)} mm²` : `${figure(m.area_px, 0)} px²`],
    ["Perimeter", length(m.perimeter_mm, m.perimeter_px)],
    ["Longest diameter", length(m.longest_diameter_mm, m.longest_diameter_px)],
    ["Shortest diameter", length(m.shortest_diameter_mm, m.shortest_diameter_px)],
    ["Ellipse axes", major !== null && minor !== null ? `${figure(major, 1)} × ${figure(minor, 1)} ${unit}` : null],
    ["Ellipse circumference", length(m.ellipse_circumference_mm, m.ellipse_circumference_px)],
    ["Pieces", m.components > 1 ? figure(m.components, 0) : null],
  ];
  return rows.flatMap(([name, value]) => (value === null ? [] : [{ name, value }]));
}

/** A ruler's length; both units where both are known. */
export function lengthText(length: { px: number; mm: number | null }): string {
  const px = `${figure(length.px, 1)} px`;
  return length.mm === null ? `${px}, not calibrated` : `${figure(length.mm, 1)} mm (${px})`;
}

/** A predicted quality of 0 to 1 in per cent. */
export function qualityText(score: number): string {
  return `${Math.round(Math.min(1, Math.max(0, score)) * 100)} %`;
}
