/** The commonest commands. */
export const EXAMPLES = `Examples:
  lector ctl list
  lector ctl pause 1 2 --for 10m
  lector ctl status 1 --json
  lector ctl watch --vars TPF,PAT
  lector ctl why 3
`;

/** What `lector ctl` alone says. */
export const SHORT_HELP = `Usage: lector ctl <command> [ids...] [options]

To see:      list, status, watch, vars, history, records,
             why, alarms, lines, owed, parked, tree
To command:  pause, resume, start, startall, stop, readnow, ident,
             fault, retry, reload, shutdown
And:         defs, conf, version

${EXAMPLES}
lector ctl --help says what each does, and lector ctl help pause how.
`;
