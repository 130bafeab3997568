/** Whether there is a person to look at a screen and to type. */
export const isTerminal = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;
