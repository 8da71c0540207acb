import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { present } from '../../model/assert.ts';
import { InputKind } from '../../model/inputs.ts';
import { testInstrument } from '../../testing/builders.ts';
import { OandaRig } from '../../testing/oanda-rig.ts';
import type { HttpAnswer } from '../http-port.ts';
import { verdictOf } from './write-desk.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

function answered(status: number, body: unknown): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { kind: 'answered', status, body: text, date: undefined };
}

const CREATED = { id: '7', time: 'T', type: 'MARKET_ORDER' };
const REFUSAL = { errorMessage: 'no', errorCode: 'INSUFFICIENT_MARGIN' };

/** What answers a request, and what follows of it. */
const VERDICTS: readonly (readonly [string, HttpAnswer, string])[] = [
  [
    'created',
    answered(201, { orderCreateTransaction: CREATED, lastTransactionID: '8' }),
    'done 7 8',
  ],
  ['a success that names nothing', answered(201, { lastTransactionID: '8' }), 'unknown'],
  ['a success without a number', answered(201, { orderCreateTransaction: CREATED }), 'unknown'],
  [
    'numbers of another type',
    answered(201, { orderCreateTransaction: { ...CREATED, id: 7 }, lastTransactionID: 8 }),
    'unknown',
  ],
  ['half of a success', answered(201, '{"orderCreateTransaction":{"id":"7"'), 'unknown'],
  ['nothing at all', answered(201, ''), 'unknown'],
  ['null', answered(200, 'null'), 'unknown'],
  ['accepted for later', answered(202, REFUSAL), 'unknown'],
  ['a redirect', answered(307, REFUSAL), 'unknown'],
  ['refused without a transaction', answered(400, REFUSAL), 'refused insufficient_margin'],
  [
    'refused with a transaction',
    answered(404, { ...REFUSAL, orderRejectTransaction: CREATED, lastTransactionID: '7' }),
    'done 7 7',
  ],
  ['refused for want of a token', answered(401, { errorMessage: 'no' }), 'refused http_401'],
  ['a page of a proxy', answered(403, '<html>go away</html>'), 'unknown'],
  ['a 404 of nobody’s', answered(404, {}), 'unknown'],
  ['too slow for it', answered(408, REFUSAL), 'unknown'],
  ['too many requests', answered(429, REFUSAL), 'unknown'],
  ['a server that fails', answered(500, REFUSAL), 'unknown'],
  ['a gateway that fails', answered(502, REFUSAL), 'unknown'],
  ['no answer', { kind: 'failed', sent: 'maybe', reason: 'ECONNRESET' }, 'unknown'],
  ['not sent', { kind: 'failed', sent: 'no', reason: 'ENOTFOUND' }, 'refused not_sent: ENOTFOUND'],
];

suite('an answer to an order', () => {
  for (const [what, answer, expected] of VERDICTS) {
    test(`${what}: ${expected}`, () => {
      const verdict = verdictOf(answer);
      const ids = verdict.kind === 'done' ? verdict.transactions.map((one) => one?.id ?? '') : [];
      const more = verdict.kind === 'done' ? ` ${ids.join('')} ${verdict.last}` : '';
      const reason = verdict.kind === 'refused' ? ` ${verdict.reason}` : '';
      assert.equal(`${verdict.kind}${more}${reason}`, expected);
    });
  }
});

type Json = Record<string, unknown>;

/** Changes the account, or the instruments, that the broker tells. */
function rewrite(rig: OandaRig, path: RegExp, change: (body: Json) => unknown): void {
  rig.http.spoil = (request, answer) => {
    if (answer.kind !== 'answered' || !path.test(request)) return answer;
    return { ...answer, body: JSON.stringify(change(JSON.parse(answer.body))) };
  };
}

const ACCOUNT = /^GET \/v3\/accounts\/[^/]*$/;

suite('a start that is refused', () => {
  const ACCOUNTS: readonly (readonly [Json, RegExp])[] = [
    [{ currency: 'EUR' }, /its currency is EUR, the configuration says USD/],
    [{ hedgingEnabled: true }, /allows hedging/],
    [{ id: '101-001-1-999' }, /answers for account 101-001-1-999/],
  ];
  for (const [change, why] of ACCOUNTS) {
    test(`an account with ${JSON.stringify(change)}: a clear error, and nothing sent`, async () => {
      await using rig = await OandaRig.build();
      rewrite(rig, ACCOUNT, (body) => ({
        ...body,
        account: { ...(body['account'] as Json), ...change },
      }));
      await rig.begin();
      assert.match(rig.failure?.message ?? '', why);
      assert.equal(rig.adapter.status.phase, 'failed');
      assert(rig.http.sent.every((request) => request.startsWith('GET ')));
      assert.equal(rig.told.length, 0);
    });
  }

  const INSTRUMENTS: readonly (readonly [Json, RegExp])[] = [
    [{ displayPrecision: 3 }, /EUR_USD: priceIncrement is 0.00001, the broker's is 0.001/],
    [{ pipLocation: -2 }, /EUR_USD: pipSize is 0.0001, the broker's is 0.01/],
    [{ tradeUnitsPrecision: -1 }, /EUR_USD: sizeIncrement is 1, the broker's step is 10/],
    [{ minimumTradeSize: '5' }, /EUR_USD: sizeIncrement is 1, the smallest order 5/],
    [{ name: 'EUR_XXX' }, /EUR_USD is not an instrument of this account/],
  ];
  for (const [change, why] of INSTRUMENTS) {
    test(`an instrument with ${JSON.stringify(change)}: a clear error`, async () => {
      await using rig = await OandaRig.build();
      rewrite(rig, /\/instruments$/, (body) => {
        const [first, ...rest] = body['instruments'] as readonly Json[];
        return { instruments: [{ ...first, ...change }, ...rest] };
      });
      await rig.begin();
      assert.match(rig.failure?.message ?? '', why);
      assert.equal(rig.told.length, 0);
    });
  }

  test('a broker that is down, overloaded or talks nonsense is asked again until it is not', async () => {
    await using rig = await OandaRig.build();
    const moods: readonly HttpAnswer[] = [
      { kind: 'failed', sent: 'no', reason: 'ENOTFOUND' },
      answered(503, 'busy'),
      answered(200, '<html>'),
      answered(200, { account: { id: 5 } }),
    ];
    let asked = 0;
    rig.http.spoil = (_, answer) => {
      asked += 1;
      return moods[asked - 1] ?? answer;
    };
    rig.startAdapter();
    await rig.pass(SECOND / 2);
    assert.match(rig.adapter.status.problem, /ENOTFOUND/);
    await rig.pass(30 * SECOND);
    assert.equal(rig.adapter.status.phase, 'open');
  });
});

suite('a broker that misbehaves later', () => {
  test('a log that makes no headway is a failed read, again and again, and no crash', async () => {
    await using rig = await OandaRig.start();
    rewrite(rig, /sinceid/, () => ({ transactions: [], lastTransactionID: '999999' }));
    rig.http.spoilLine = (text) =>
      text.replace(/"lastTransactionID":"\d+"/, '"lastTransactionID":"5000"');
    await rig.pass(MINUTE);
    const { told, heard, phase } = rig.adapter.status;
    assert.deepEqual([told, heard, phase], [2, 999_999, 'open']);
    const reads = rig.http.sent.filter((request) => request.includes('sinceid')).length;
    assert(reads < 40, `${reads} reads in a minute`);
  });

  test('lines that are no transactions lose nothing', async () => {
    await using rig = await OandaRig.start();
    let n = 0;
    rig.http.spoilLine = (text) => {
      n += 1;
      const lines = ['{', '[]', '{"type":5}', '"x"', text.slice(0, text.length / 2), text];
      return lines[n % lines.length] ?? '';
    };
    for (let i = 1; i <= 8; i += 1) {
      await rig.broker.fact({ fact: 'transfer', amount: String(i) });
      await rig.pass(SECOND);
    }
    await rig.pass(10 * SECOND);
    assert.equal(rig.kernel.book.cursor, (await rig.broker.transactions()).length);
    assert(rig.adapter.status.malformed > 0);
    await rig.agrees();
  });

  test('prices between increments, of other instruments or with one side are counted, not told', async () => {
    await using rig = await OandaRig.start();
    const before = rig.quotes.length;
    const changes = [
      [/"instrument":"EUR_USD"/, '"instrument":"XAU_USD"'],
      [/"price":"1\.10010"/, '"price":"1.100105"'],
      [/"asks":\[[^\]]*\]/, '"asks":[]'],
      [/"time":"[^"]*"/, '"time":"soon"'],
    ] as const;
    let n = 0;
    rig.http.spoilLine = (text) => {
      if (!text.includes('"PRICE"')) return text;
      const [from, to] = present(changes[n], 'a change');
      n += 1;
      return text.replace(from, to);
    };
    for (let i = 0; i < changes.length; i += 1) {
      await rig.broker.quote(1.1001, 1.1003);
      await rig.pass(SECOND);
    }
    assert.equal(n, changes.length);
    assert.equal(rig.quotes.length, before);
    assert.equal(rig.adapter.status.pricesOdd, changes.length);
  });

  test('a broker whose clock is hours away resolves a doubt by that clock alone', async () => {
    for (const skew of [-3, 3]) {
      await using rig = await OandaRig.start();
      rig.http.spoil = (_, answer) => {
        if (answer.kind !== 'answered' || answer.date === undefined) return answer;
        return { ...answer, date: (answer.date + skew * 60 * MINUTE) as typeof answer.date };
      };
      await rig.broker.setFaults([{ kind: 'drop_request', on: 'create_order', times: 1 }]);
      const order = rig.order({ side: 'buy', quantity: 100 });
      await rig.pass(50 * SECOND);
      assert.equal(rig.state(order), 'in_doubt');
      await rig.pass(2 * MINUTE);
      assert.equal(rig.state(order), 'not_placed');
    }
  });

  test('without a clock of the broker a read proves nothing', async () => {
    await using rig = await OandaRig.start();
    rig.http.spoil = (_, answer) =>
      answer.kind === 'answered' ? { ...answer, date: undefined } : answer;
    await rig.broker.setFaults([{ kind: 'drop_request', on: 'create_order', times: 1 }]);
    const order = rig.order({ side: 'buy', quantity: 100 });
    await rig.pass(5 * MINUTE);
    assert.equal(rig.state(order), 'in_doubt');
    assert(rig.told.some((input) => input.kind === InputKind.logRead));
  });

  test('an account that cannot be read is a stale source, never a flat one', async () => {
    await using rig = await OandaRig.start();
    rig.order({ side: 'buy', quantity: 100 });
    await rig.pass(SECOND);
    rewrite(rig, ACCOUNT, (body) => ({
      ...body,
      account: { ...(body['account'] as Json), positions: 'none' },
    }));
    rig.adapter.takeSnapshot(0);
    await rig.pass(SECOND);
    const snapshots = rig.told.flatMap((input) =>
      input.kind === InputKind.snapshot ? [input.snapshot.complete] : [],
    );
    assert.deepEqual(snapshots.at(-1), false);
    assert.equal(rig.position(), 100);
  });

  test('what is not configured and in the account is said, and does not stop the rest', async () => {
    const two = [testInstrument('EURUSD'), testInstrument('USDJPY')];
    await using rig = await OandaRig.start({ instruments: two });
    rewrite(rig, ACCOUNT, (body) => {
      const account = body['account'] as Json;
      const positions = [{ instrument: 'XAU_USD', long: { units: '3' }, short: { units: '0' } }];
      return { ...body, account: { ...account, positions } };
    });
    rig.adapter.takeSnapshot(0);
    await rig.pass(SECOND);
    assert.match(rig.adapter.status.problem, /not configured.*a position in XAU_USD/);
  });
});
