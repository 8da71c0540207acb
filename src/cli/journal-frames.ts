import { FRAME_KINDS, type FrameFilter, type PrintedFrame } from '../journal/frame-printer.ts';
import { LocalDisk } from '../journal/local-disk.ts';
import { printJournal } from '../journal/read-journal.ts';
import { type CommandCall, textOption } from './command.ts';
import { UsageError } from './report-error.ts';

const TIME = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,6})?)?Z?)?$/;

/** As far as it is given: texts of frames' times compare as times do. */
function timeOf(call: CommandCall, name: string): string | undefined {
  const text = textOption(call, name);
  if (text === undefined || TIME.test(text)) return text?.replace(/Z$/, '');
  throw new UsageError(`--${name}: ${text} is not a time such as 2024-01-09T10:00:00Z`);
}

function kindsOf(call: CommandCall): readonly string[] | undefined {
  const kinds = textOption(call, 'kind')?.split(',');
  const unknown = kinds?.find((kind) => !FRAME_KINDS.includes(kind));
  if (unknown === undefined) return kinds;
  throw new UsageError(`--kind: ${unknown} is none of ${FRAME_KINDS.join(', ')}`);
}

/** The filter that a command's options ask for. */
function filterOf(call: CommandCall): FrameFilter {
  const given = {
    kinds: kindsOf(call),
    order: textOption(call, 'order'),
    decision: textOption(call, 'decision'),
    from: timeOf(call, 'from'),
    to: timeOf(call, 'to'),
  };
  const asked = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(asked) as FrameFilter;
}

/** Hands over the wanted frames of the journal that a command is about. */
export function eachFrame(call: CommandCall, take: (frame: PrintedFrame) => void): void {
  printJournal(new LocalDisk(), textOption(call, 'data') ?? '', filterOf(call), take);
}

export function lineOf(frame: PrintedFrame): string {
  return `${JSON.stringify(frame)}\n`;
}
