import { cvmChecksum, encodeCvmAnswer } from '../cvm/frames.ts';

/** The data characters that `unit` answers to `command` (case as received); null: it stays silent. */
export type CvmAnswerer = (unit: number, command: string) => string | null;

/** What goes onto the wire instead of a whole answer: nothing, a changed one, several. */
export type CvmFaultHook = (
  answer: Uint8Array,
  asked: { readonly unit: number; readonly command: string },
) => readonly Uint8Array[];

/** Longest line kept; a request has at most 11 characters. */
const LINE_MAX = 64;
const LF = 0x0a;

/** The meters' side of a CVM line: bytes in, whole answers out, in order. Unknown units are silent. */
export function createCvmSlave(
  answer: CvmAnswerer,
  fault: CvmFaultHook = (frame) => [frame],
): { receive(bytes: Uint8Array): readonly Uint8Array[] } {
  let line = '';
  const respond = (): readonly Uint8Array[] => {
    const asked = parseCvmRequest(line);
    line = '';
    const data = asked === null ? null : answer(asked.unit, asked.command);
    return asked === null || data === null ? [] : fault(encodeCvmAnswer(asked.unit, data), asked);
  };
  return {
    receive(bytes) {
      const answers: Uint8Array[] = [];
      for (const byte of bytes) {
        if (byte === LF) answers.push(...respond());
        else line = (line + String.fromCharCode(byte)).slice(-LINE_MAX);
      }
      return answers;
    },
  };
}

/** A request line without its LF; null when address or checksum do not fit. */
function parseCvmRequest(line: string): { readonly unit: number; readonly command: string } | null {
  const parts = /\$(\d\d)([A-Za-z0-9]{3,8})([0-9A-F]{2})$/.exec(line);
  if (parts === null) return null;
  const [, unit = '', command = '', checksum = ''] = parts;
  return cvmChecksum(`$${unit}${command}`) === checksum ? { unit: Number(unit), command } : null;
}
