import { describe, expect, it } from 'vitest';
import { createAttendance } from '../src/attendance.ts';

const [one, two, three] = [1, 2, 3] as const;
const attendance = () =>
  createAttendance(
    () => [one, two, three],
    (id) => `${id} (PM710)`,
  );

describe('who is read, in one sentence', () => {
  it('is said once, when each was heard of', () => {
    const { note } = attendance();
    expect(note(one, 'connecting')).toBeNull();
    expect(note(one, 'polling')).toBeNull();
    expect(note(two, 'polling')).toBeNull();
    expect(note(three, 'polling')).toEqual({ level: 'info', text: 'all 3 analyzers are read' });
    expect(note(three, 'polling')).toBeNull();
  });

  it('names who is missing or rests, and says when the last one is back', () => {
    const { note } = attendance();
    note(one, 'failed');
    note(two, 'polling');
    expect(note(three, 'paused')).toEqual({
      level: 'warn',
      text: '1 of 3 analyzers are read; not read: 1 (PM710); paused or stopped: 3 (PM710)',
    });
    expect(note(two, 'failed')).toBeNull();
    expect(note(two, 'polling')).toBeNull();
    expect(note(one, 'polling')?.text).toBe('2 of 3 analyzers are read again; paused or stopped: 3 (PM710)');
  });

  it('counts those that are too many to name', () => {
    const many = Array.from({ length: 9 }, (_, n) => n + 1);
    const { note } = createAttendance(() => many, String);
    expect(many.map((id) => note(id, 'failed')).at(-1)?.text).toBe(
      '0 of 9 analyzers are read; not read: 1, 2, 3, 4, 5 and 4 more',
    );
  });

  it('of a single one, its own line says it already', () => {
    expect(createAttendance(() => [one], String).note(one, 'polling')).toBeNull();
  });
});
