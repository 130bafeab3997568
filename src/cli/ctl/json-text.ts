/** What JSON.stringify leaves as it is though it moves cursors, or hides or turns round what a person reads. */
const UNSAFE = /[\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A JSON document, or one line of JSON; the same values, and nothing in it that a terminal would act on. */
export function jsonText(data: unknown, indent: 0 | 2 = 2): string {
  const text = JSON.stringify(data, null, indent);
  return `${text.replace(UNSAFE, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`)}\n`;
}
