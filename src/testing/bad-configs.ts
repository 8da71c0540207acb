/** One way to spoil a good configuration, and what must be said of it. */
export interface BadConfig {
  /** The setting that it spoils. */
  readonly covers: string;
  /** Text of the good configuration, there once, and what stands in its place. */
  readonly find: string;
  readonly replace: string;
  /** The one code; of the setting itself where the table gives its last part alone. */
  readonly code: string;
  /** Line of the issue: of `@` in the replacement, else where it begins. */
  readonly marker: string;
}

/** Rows of a table: setting ¦ text to find ¦ replacement ¦ code. */
function table(root: string, text: string): readonly BadConfig[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [covers = '', find = '', replace = '', code = ''] = line.split('¦').map((c) => c.trim());
    const full = code.includes('.') ? code : `${covers}.${code}`;
    return { covers, find, replace, code: `${root}.${full}`, marker: '@' };
  });
}

/** Of the synthetic sample. */
export const BAD_SYNTHETIC = table(
  'config',
  `
$schema ¦ "./tiyf.schema.json" ¦ 5 ¦ type
id ¦ "id": "base", ¦ ¦ missing
id ¦ "id": "base" ¦ "id": "Base" ¦ format
seed ¦ "seed": 3 ¦ "seed": -1 ¦ range
seed ¦ "seed": 3 ¦ "seed": 0.5 ¦ type
prefix ¦ "ABC" ¦ "A-C" ¦ format
account ¦ "account": { ¦ "account": 3, "x": { ¦ type
account ¦ "costBasis": "lots" ¦ "costbasis": "lots" ¦ unknown_key
account.currency ¦ "currency": "USD" ¦ "currency": "XXX" ¦ unknown
account.currency ¦ "currency": "USD" ¦ "currency": "usd" ¦ format
account.balance ¦ "balance": "100000" ¦ "balance": 100000 ¦ type
account.balance ¦ "balance": "100000" ¦ "balance": "1.0000001" ¦ too_fine
account.balance ¦ "balance": "100000" ¦ "balance": "0" ¦ range
account.balance ¦ "balance": "100000" ¦ "balance": "1e5" ¦ format
account.costBasis ¦ "lots" ¦ "fifo" ¦ choice
instruments ¦ "instruments": { "use" ¦ X ¦ X
`,
);
