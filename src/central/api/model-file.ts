import { z } from 'zod';
import { safe } from '../../domain/safe.ts';
import type { ModelRow } from '../ports.ts';
import { MODEL_BODY } from './schemas.ts';

const MODEL_FILE = MODEL_BODY.extend({ name: z.string().min(1).max(100) });
const ISSUES_MAX = 5;

type Read = { readonly ok: true; readonly model: Omit<ModelRow, 'edited'> } | { readonly ok: false; words: string };

/** A model as a JSON file has it: what `GET /api/v1/models/<name>` answers. */
export function readModel(json: unknown): Read {
  const parsed = MODEL_FILE.safeParse(json);
  if (parsed.success) return { ok: true, model: parsed.data };
  const issues = parsed.error.issues.slice(0, ISSUES_MAX).map(({ path, message }) => `${path.join('.')}: ${message}`);
  return { ok: false, words: safe(issues.join('; ')) };
}
