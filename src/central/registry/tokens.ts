import { createHash, randomBytes } from 'node:crypto';
import type { Registry } from '../ports.ts';
import { noNode } from './nodes.ts';
import { checkText, type RegistryParts } from './parts.ts';
import { createShortMemory } from './short-memory.ts';

const TOKEN_BYTES = 32;
/** No token of ours is longer; what is longer is not even hashed. */
const TOKEN_CHARACTERS_MAX = 200;

type Tokens = Pick<
  Registry,
  | 'issueNodeToken'
  | 'revokeNodeTokens'
  | 'nodeOfToken'
  | 'issueAdminToken'
  | 'revokeAdminTokens'
  | 'isAdminToken'
  | 'hasAdminToken'
>;

const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest();
const newToken = (): string => randomBytes(TOKEN_BYTES).toString('base64url');

/** Tokens are looked up by their hash: how long that takes says nothing of the tokens that there are. */
export function createTokens({ database, clock }: RegistryParts): Tokens {
  const { db, pool } = database;
  // what is no token is not kept: whoever guesses must not push out what is one
  const nodes = createShortMemory<string, number>(clock);
  const admins = createShortMemory<string, true>(clock);
  return {
    async issueNodeToken(node, label) {
      checkText('the label of a token', label);
      const there = await db.selectFrom('nodes').select('id').where('id', '=', node).executeTakeFirst();
      if (there === undefined) throw noNode(node);
      const token = newToken();
      await db
        .insertInto('node_tokens')
        .values({ sha256: hashOf(token), node_id: node, label })
        .execute();
      return token;
    },
    async revokeNodeTokens(node) {
      const { numDeletedRows } = await db.deleteFrom('node_tokens').where('node_id', '=', node).executeTakeFirst();
      nodes.clear();
      return Number(numDeletedRows);
    },
    async nodeOfToken(token) {
      if (token === '' || token.length > TOKEN_CHARACTERS_MAX) return null;
      const hash = hashOf(token);
      const key = hash.toString('hex');
      const kept = nodes.get(key);
      if (kept !== undefined) return kept;
      const { rows } = await pool.query('SELECT node_id FROM node_tokens WHERE sha256 = $1', [hash]);
      if (rows.length === 0) return null;
      nodes.set(key, rows[0].node_id);
      return rows[0].node_id;
    },
    async issueAdminToken(label) {
      checkText('the label of a token', label);
      const token = newToken();
      await db
        .insertInto('admin_tokens')
        .values({ sha256: hashOf(token), label })
        .execute();
      return token;
    },
    async revokeAdminTokens() {
      const { numDeletedRows } = await db.deleteFrom('admin_tokens').executeTakeFirst();
      admins.clear();
      return Number(numDeletedRows);
    },
    async isAdminToken(token) {
      if (token === '' || token.length > TOKEN_CHARACTERS_MAX) return false;
      const hash = hashOf(token);
      const key = hash.toString('hex');
      if (admins.get(key) === true) return true;
      const { rows } = await pool.query('SELECT 1 FROM admin_tokens WHERE sha256 = $1', [hash]);
      if (rows.length === 0) return false;
      admins.set(key, true);
      return true;
    },
    hasAdminToken: async () => (await pool.query('SELECT 1 FROM admin_tokens LIMIT 1')).rows.length > 0,
  };
}
