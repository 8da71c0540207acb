/** A plain decimal with commas between thousands: `1,234,567.89`. The same in every locale. */
export function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  const withCommas = whole.replace(/(?<=\d)(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? withCommas : `${withCommas}.${fraction}`;
}

/** A statistic rounded for display; zero has no sign. */
export function fixed(value: number, decimals: number): string {
  const text = value.toFixed(decimals);
  return grouped(/^-0(\.0*)?$/.test(text) ? text.slice(1) : text);
}

/** A share as per cent. */
export function percent(share: number, decimals = 2): string {
  return `${fixed(share * 100, decimals)} %`;
}
