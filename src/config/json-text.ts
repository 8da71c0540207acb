import { type Node, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { IssueList, type IssueSource, type JsonPath, type Place } from './issue.ts';

/**
 * A JSONC document (JSON with comments and trailing commas) whose values know their places. What
 * JSON leaves open and another reader might take differently is refused: duplicate names, numbers
 * beyond a double, half surrogate pairs, a byte order mark.
 */
export class JsonText implements IssueSource {
  readonly file: string;
  readonly codeRoot: string;
  readonly text: string;
  readonly value: unknown;
  readonly #root: Node;
  readonly #lineStarts: readonly number[];

  /** Throws `ConfigError` with every error of syntax. `bytes` is the file's content. */
  constructor(file: string, bytes: Uint8Array, codeRoot: string) {
    const issues = new IssueList();
    const start = { line: 1, column: 1 };
    const text = decode(bytes, (kind, message) =>
      issues.addAt({ file, codeRoot }, start, kind, message),
    );
    issues.throwIfAny();
    this.file = file;
    this.codeRoot = codeRoot;
    this.text = text;
    this.#lineStarts = lineStartsOf(text);
    const errors: ParseError[] = [];
    const root = parseTree(text, errors, { allowTrailingComma: true });
    // The first alone: what follows it is mostly its echo.
    for (const error of errors.slice(0, 1)) this.#addSyntaxError(issues, error);
    if (root === undefined) {
      const message = 'the file holds no value';
      if (issues.isEmpty) issues.addAt(this, start, 'syntax.empty', message);
      issues.throwIfAny();
    }
    this.#root = root ?? { type: 'null', offset: 0, length: 0 };
    this.value = this.#valueOf(this.#root, [], issues);
    issues.throwIfAny();
  }

  #addSyntaxError(issues: IssueList, { error, offset }: ParseError): void {
    const name = printParseErrorCode(error);
    const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).trim();
    issues.addAt(this, this.#placeAt(offset), `syntax.${words.replaceAll(' ', '_')}`, words);
  }

  /** The parser's own conversion would let a repeated name win silently, and `__proto__` act. */
  #valueOf(node: Node, path: JsonPath, issues: IssueList): unknown {
    switch (node.type) {
      case 'object':
        return this.#objectOf(node, path, issues);
      case 'array':
        return (node.children ?? []).map((child, at) =>
          this.#valueOf(child, [...path, at], issues),
        );
      case 'number':
        if (!Number.isFinite(node.value)) {
          issues.addAt(this, this.#placeAt(node.offset), 'syntax.number_range', 'number too large');
        }
        return node.value;
      case 'string':
        this.#checkText(node, issues);
        return node.value;
      default:
        return node.value;
    }
  }

  #objectOf(node: Node, path: JsonPath, issues: IssueList): unknown {
    const object: Record<string, unknown> = {};
    for (const property of node.children ?? []) {
      const [name, value] = property.children ?? [];
      if (name === undefined || value === undefined) continue;
      const key = String(name.value);
      this.#checkText(name, issues);
      if (Object.hasOwn(object, key)) {
        const message = `"${key}" stands twice in one object`;
        issues.addAt(this, this.#placeAt(name.offset), 'syntax.duplicate_key', message);
        continue;
      }
      const converted = this.#valueOf(value, [...path, key], issues);
      Object.defineProperty(object, key, {
        value: converted,
        writable: true,
        enumerable: true,
        configurable: true,
      });
    }
    return object;
  }

  #checkText(node: Node, issues: IssueList): void {
    if (String(node.value).isWellFormed()) return;
    const message = 'text with half a surrogate pair';
    issues.addAt(this, this.#placeAt(node.offset), 'syntax.lone_surrogate', message);
  }

  placeOf(path: JsonPath): Place {
    let node = this.#root;
    for (const step of path) {
      const next = childOf(node, step);
      if (next === undefined) break;
      node = next;
    }
    return this.#placeAt(node.offset);
  }

  placeOfKey(path: JsonPath): Place {
    let node: Node | undefined = this.#root;
    for (const step of path.slice(0, -1)) node = node && childOf(node, step);
    const key = path.at(-1);
    const property = node?.children?.find((child) => child.children?.[0]?.value === key);
    return property === undefined ? this.placeOf(path) : this.#placeAt(property.offset);
  }

  #placeAt(offset: number): Place {
    let line = this.#lineStarts.findIndex((start) => start > offset);
    if (line < 0) line = this.#lineStarts.length;
    return { line, column: offset - (this.#lineStarts[line - 1] ?? 0) + 1 };
  }
}

function childOf(node: Node, step: string | number): Node | undefined {
  if (typeof step === 'number') return node.type === 'array' ? node.children?.[step] : undefined;
  if (node.type !== 'object') return undefined;
  return node.children?.find((child) => child.children?.[0]?.value === step)?.children?.[1];
}

function lineStartsOf(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function decode(bytes: Uint8Array, refuse: (kind: string, message: string) => void): string {
  const [first, second, third] = bytes;
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    refuse('syntax.byte_order_mark', 'the file begins with a byte order mark: save it without');
  } else if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    refuse('syntax.encoding', 'the file is UTF-16: save it as UTF-8');
  } else {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      refuse('syntax.encoding', 'the file is not UTF-8 text');
    }
  }
  return '';
}
