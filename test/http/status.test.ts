import { describe, expect, it } from 'vitest';
import { epochMs } from '../../src/domain/units.ts';
import { meaningOf, retryAfterMs, statusFailure } from '../../src/http/status.ts';

const NOW = epochMs(Date.UTC(2026, 4, 4, 12));
const URL_ = 'https://centre.example/ws/v2/x';

describe('what a status means', () => {
  it.each([
    ...[200, 201, 204, 299].map((status) => ({ status, kind: 'success' })),
    ...[300, 301, 302, 304, 308].map((status) => ({ status, kind: 'moved' })),
    ...[400, 418, 422, 499].map((status) => ({ status, kind: 'rejected' })),
    ...[401, 403, 511].map((status) => ({ status, kind: 'denied' })),
    ...[404, 410].map((status) => ({ status, kind: 'missing' })),
    { status: 409, kind: 'conflict' },
    { status: 413, kind: 'tooLarge' },
    ...[405, 407, 415, 501].map((status) => ({ status, kind: 'unfit' })),
    ...[408, 425, 429, 502, 503, 504, 507].map((status) => ({ status, kind: 'busy' })),
    ...[500, 505, 599, 0, 999].map((status) => ({ status, kind: 'broken' })),
  ])('F64 $status is $kind', ({ status, kind }) => {
    expect(meaningOf(status).kind).toBe(kind);
  });
});

describe('Retry-After', () => {
  it.each([
    { header: '120', date: undefined, ms: 120_000 },
    { header: ' 0 ', date: undefined, ms: 0 },
    { header: undefined, date: undefined, ms: 0 },
    { header: 'soon', date: undefined, ms: 0 },
    { header: '-5', date: undefined, ms: 0 },
    { header: '99999999999', date: undefined, ms: 0 },
    { header: '999999999', date: undefined, ms: 86_400_000 },
    { header: 'Mon, 04 May 2026 12:05:00 GMT', date: undefined, ms: 300_000 },
    { header: 'Mon, 04 May 2026 11:55:00 GMT', date: undefined, ms: 0 },
    { header: 'Mon, 04 May 2026 09:05:00 GMT', date: 'Mon, 04 May 2026 09:00:00 GMT', ms: 300_000 },
  ])('F64 "$header" with the date $date asks for $ms ms', ({ header, date, ms }) => {
    const headers = { ...(header !== undefined && { 'retry-after': header }), ...(date !== undefined && { date }) };
    expect(retryAfterMs(headers, NOW)).toBe(ms);
  });
});

describe('an answer that is no success, in words', () => {
  it.each([
    {
      what: 'a problem says its detail',
      answer: { status: 429, headers: { 'retry-after': '30' }, body: '{"title":"Slow","detail":"at most 5 a second"}' },
      message: 'https://centre.example answered 429: it gets too many requests; it says: at most 5 a second',
      facts: { status: 429, retryAfterMs: 30_000 },
    },
    {
      what: 'what a centre of ours says stands alone',
      answer: {
        ...{ status: 409, headers: { 'content-type': 'application/problem+json; charset=utf-8' } },
        body: '{"type":"/problems/node-taken","title":"Taken","status":409,"detail":"node 4 is fed by another"}',
      },
      message: 'https://centre.example answered 409: node 4 is fed by another',
      facts: { status: 409 },
    },
    {
      what: 'a redirect says where to',
      answer: { status: 301, headers: { location: 'https://new.example/' }, body: '' },
      message: 'https://centre.example answered 301: it sends elsewhere, which is not followed (https://new.example/)',
      facts: { status: 301 },
    },
    {
      what: 'a web page is not shown',
      answer: { status: 500, headers: {}, body: '<!DOCTYPE html><p>secret</p>' },
      message: expect.stringMatching(/^https:..centre\.example answered 500: .*; what came is a web page/),
      facts: { status: 500 },
    },
    {
      what: 'control characters do not reach a terminal',
      answer: { status: 400, headers: {}, body: 'bad \u001b[2J line\nnext' },
      message: expect.stringMatching(/it says: bad \\x1b\[2J line next$/),
      facts: { status: 400 },
    },
  ])('$what', ({ answer, message, facts }) => {
    expect(statusFailure(answer, URL_, NOW)).toMatchObject({ code: 'EXPORT_FAILED', message, facts });
  });
});
