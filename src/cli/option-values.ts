import { type Command, InvalidArgumentError, Option } from 'commander';
import { SECONDS_MAX, SECONDS_MIN, secondsIn, wholeIn } from './option-numbers.ts';

/** Parsers of the values of options, for commander; what they refuse is a wrong command line. */
export function integer(min: number, max: number) {
  return (text: string): number => {
    const value = wholeIn(text, min, max);
    if (value !== null) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

export function seconds(text: string): number {
  const value = secondsIn(text);
  if (value !== null) return value;
  throw new InvalidArgumentError(`It must be seconds, from ${SECONDS_MIN} to ${SECONDS_MAX}.`);
}

export function configOptions(command: Command): Command {
  return command
    .option('--config <file>', 'config.xml (else $LECTOR_CONFIG, this folder, /etc/lector)')
    .option('--ini <file>', 'lector.ini (else $LECTOR_INI, this folder, /etc/lector)');
}

/** How a client finds its server; see serverAddress. */
export function serverOptions(command: Command): Command {
  const options = command
    .option('--host <name>', 'where the server is (default: what lector.ini says, else 127.0.0.1)')
    .option('--port <number>', 'its port (default: what lector.ini says, else 50007)', integer(1, 65_535))
    .option('--socket <path>', 'its unix socket, instead of host and port (else $LECTOR_SOCKET)')
    .option('--token-file <file>', 'file with the token that a server elsewhere asks for')
    .option('--timeout <seconds>', 'longest wait for an answer', seconds);
  return configOptions(options);
}

/** How the full-screen terminal looks. */
export function screenOptions(command: Command): Command {
  return command
    .option('--read-only', 'the screen looks, and commands nothing')
    .addOption(new Option('--lang <language>', 'of the screen (default: what LANG says)').choices(['en', 'ca', 'es']))
    .addOption(new Option('--theme <name>', 'background that colours are for').choices(['dark', 'light', 'none']))
    .option('--ascii', 'no signs beyond ASCII on the screen');
}
