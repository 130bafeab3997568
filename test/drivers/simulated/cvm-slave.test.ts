import { describe, expect, it } from 'vitest';
import { encodeCvmAnswer, encodeCvmRequest } from '../../../drivers/cvm/frames.ts';
import { createCvmSlave } from '../../../drivers/simulated/cvm-slave.ts';

const latin = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const answers: Readonly<Record<string, string>> = { '3RVm': '000000219', '3RVM': '000000241', '3VER': 'CVMK v3' };
const slave = () => createCvmSlave((unit, command) => answers[`${unit}${command}`] ?? null);

describe('the meters of a simulated CVM line', () => {
  it('answer what they are asked, and keep the case of the command', () => {
    const meters = slave();
    expect(meters.receive(encodeCvmRequest(3, 'RVm'))).toEqual([encodeCvmAnswer(3, '000000219')]);
    expect(meters.receive(encodeCvmRequest(3, 'RVM'))).toEqual([encodeCvmAnswer(3, '000000241')]);
  });

  it('answer requests that come in pieces, glued, or behind noise', () => {
    const meters = slave();
    const request = encodeCvmRequest(3, 'VER');
    expect(meters.receive(request.subarray(0, 4))).toEqual([]);
    expect(meters.receive(request.subarray(4))).toHaveLength(1);
    expect(meters.receive(Uint8Array.from([...request, ...request]))).toHaveLength(2);
    expect(meters.receive(Uint8Array.from([0xff, 0x24, 0x30, ...request]))).toHaveLength(1);
  });

  it.each([
    ['an unknown unit', encodeCvmRequest(4, 'VER')],
    ['an unknown command', encodeCvmRequest(3, 'RHI')],
    ['a wrong checksum', latin('$03VER00\n')],
    ['a lone line feed', latin('\n')],
    ['a megabyte without an end', new Uint8Array(1 << 20).fill(0x37)],
  ])('stay silent at %s, and go on', (_, bytes) => {
    const meters = slave();
    expect(meters.receive(bytes)).toEqual([]);
    meters.receive(latin('\n'));
    expect(meters.receive(encodeCvmRequest(3, 'VER'))).toHaveLength(1);
  });

  it('send what the fault makes of an answer', () => {
    const meters = createCvmSlave(
      () => '500',
      (frame, { command }) => (command === 'VER' ? [] : [frame, frame]),
    );
    expect(meters.receive(encodeCvmRequest(1, 'VER'))).toEqual([]);
    expect(meters.receive(encodeCvmRequest(1, 'RHI'))).toHaveLength(2);
  });
});
