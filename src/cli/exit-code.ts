/**
 * Exit codes of every command: 0 done · 1 done, but something is wrong · 2 usage or configuration ·
 * 3 data · 4 engine unreachable or not trading · 70 fatal.
 */
export const ExitCode = {
  done: 0,
  wrong: 1,
  usage: 2,
  data: 3,
  unreachable: 4,
  fatal: 70,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];
