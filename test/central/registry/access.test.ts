import { beforeEach, describe, expect, it } from 'vitest';
import type { Registry } from '../../../src/central/ports.ts';
import type { TestDatabase } from '../../support/database.ts';
import type { SteppedClock } from '../../support/stepped-clock.ts';
import { twoRegistries } from '../../support/two-centres.ts';

describe('who may do what at a centre', () => {
  let tested: TestDatabase;
  let clock: SteppedClock;
  let registry: Registry;
  /** Of another process on the same database. */
  let other: Registry;

  beforeEach(async () => {
    ({ tested, clock, registry, other } = await twoRegistries());
  });

  describe('tokens', () => {
    it('of a node have 256 bits, belong to it, and are nowhere but in its hands', async () => {
      await registry.addNode(4, {});
      const token = await registry.issueNodeToken(4, 'first');
      expect(Buffer.from(token, 'base64url')).toHaveLength(32);
      expect(await registry.issueNodeToken(4, 'second')).not.toBe(token);
      expect((await registry.node(4))!.tokens).toBe(2);
      expect(await registry.nodeOfToken(token)).toBe(4);
      expect(await registry.nodeOfToken(`${token}x`)).toBeNull();
      expect(await registry.nodeOfToken('')).toBeNull();
      const { rows } = await tested.database.pool.query('SELECT node_tokens::text AS row FROM node_tokens');
      expect(JSON.stringify(rows)).not.toContain(token);
      expect(await registry.isAdminToken(token)).toBe(false);
      await expect(registry.issueNodeToken(9, '')).rejects.toThrow('no node 9 here');
    });

    it('that were revoked are worth nothing: here at once, in another process within seconds', async () => {
      await registry.addNode(4, {});
      const token = await registry.issueNodeToken(4, '');
      expect([await registry.nodeOfToken(token), await other.nodeOfToken(token)]).toEqual([4, 4]);
      expect(await registry.revokeNodeTokens(4)).toBe(1);
      expect(await registry.nodeOfToken(token)).toBeNull();
      await clock.advance(5_000);
      expect(await other.nodeOfToken(token)).toBeNull();
    });

    it('of the admin work until they are revoked', async () => {
      expect(await registry.hasAdminToken()).toBe(false);
      const token = await registry.issueAdminToken('first start');
      expect([await registry.hasAdminToken(), await registry.isAdminToken(token)]).toEqual([true, true]);
      expect([await registry.isAdminToken('no'), await registry.nodeOfToken(token)]).toEqual([false, null]);
      expect(await registry.revokeAdminTokens()).toBe(1);
      expect(await registry.isAdminToken(token)).toBe(false);
    });
  });

  describe('settings', () => {
    const local = [
      { cidr: '127.0.0.0/8', node: null },
      { cidr: '::1/128', node: null },
    ];

    it('lets this machine deliver at first, and others when told so', async () => {
      expect(await registry.allowed()).toEqual(local);
      await registry.addNode(4, {});
      await registry.allow('10.0.0.7/24', 4);
      await registry.allow('10.0.0.0/24', 4);
      await registry.allow('192.168.1.5', null);
      expect(await registry.allowed()).toEqual([
        { cidr: '10.0.0.0/24', node: 4 },
        local[0],
        { cidr: '192.168.1.5/32', node: null },
        local[1],
      ]);
      expect(await registry.disallow('10.0.0.0/24')).toBe(true);
      expect(await registry.disallow('192.168.1.5')).toBe(true);
      expect(await registry.disallow('192.168.1.5')).toBe(false);
    });

    it.each([
      '10.0.0',
      '10.0.0.1/33',
      'example.com',
      "1'; DROP TABLE nodes",
      '',
    ])('refuses the network "%s"', async (cidr) => {
      await expect(registry.allow(cidr, null)).rejects.toMatchObject({ code: 'CENTRE_REFUSED' });
    });

    it('keeps records for ever until told otherwise', async () => {
      expect(await registry.retentionDays()).toBeNull();
      await registry.setRetention(730);
      expect(await other.retentionDays()).toBe(730);
      await expect(registry.setRetention(0)).rejects.toThrow('1 to 36500 days');
      await registry.setRetention(null);
      expect(await registry.retentionDays()).toBeNull();
    });
  });
});
