import { CommanderError } from 'commander';
import { centralProgram } from './central/program.ts';

/**
 * `lector central`: the centre and its administration. Resolves with the exit code: 0 done, 1 refused, 2 a wrong
 * command line; rejects with what a command rejects with.
 */
export async function central(argv: readonly string[]): Promise<number> {
  let code = 0;
  try {
    const program = centralProgram((result) => {
      code = result;
    });
    if (argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed its sentence, or the help that was asked for
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    throw error;
  }
}
