import type { Command } from 'commander';
import type { Group } from './spec.ts';

const loadVirtuals = async () => import('./virtuals.ts');
const loadEvents = async () => import('./events.ts');

/** `lector central virtual`: sums of analyzers of sites whose lector tells none. */
export const VIRTUAL_GROUP: Group = {
  about: 'sums of analyzers, such as a building without its workshop',
  commands: [
    {
      ...{ name: 'list', about: 'all of them, or those of a node', words: '[node]', examples: ['virtual list 4'] },
      load: async () => (await loadVirtuals()).listVirtuals,
    },
    {
      ...{ name: 'add', about: 'a sum of analyzers of a node, under a free id', words: '<node> <id> <sum>' },
      options: (command) =>
        command.option('--name <text>', 'what people call it').option('--location <text>', 'where it is'),
      load: async () => (await loadVirtuals()).addVirtual,
      examples: ['virtual add 4 100 "1 - 5" --name Building'],
    },
    {
      ...{ name: 'remove', about: 'one that was made here', words: '<node> <id>', examples: ['virtual remove 4 100'] },
      load: async () => (await loadVirtuals()).removeVirtual,
    },
  ],
};

const aboutEvent = (command: Command): Command =>
  command
    .option('--at <time>', "when, by the site's clock (of a note: now)")
    .option('--old <number>', 'what the counter of the old meter showed last, in its own unit')
    .option('--new <number>', 'what that of the new one showed first')
    .option('--counter <code>', 'which counter (default: that of imported energy)')
    .option('--from <time>', 'first instant that is not billed')
    .option('--to <time>', 'first instant that is billed again')
    .option('--text <words>', 'what bills say of it');

/** `lector central event`: what changes the arithmetic of bills. */
export const EVENT_GROUP: Group = {
  about: 'meters that were exchanged, time that is not billed, notes; those of the sites are told by these',
  commands: [
    {
      ...{ name: 'list', about: 'all of them, or those of a node', words: '[node]', examples: ['event list 4'] },
      load: async () => (await loadEvents()).listEvents,
    },
    {
      ...{ name: 'add', about: 'exchange, maintenance or note', words: '<kind> <node> <analyzer>' },
      options: aboutEvent,
      load: async () => (await loadEvents()).addEvent,
      examples: [
        'event add exchange 4 1 --at "2026-03-02 10:30" --old 10342.5 --new 0',
        'event add maintenance 4 1 --from "2026-03-02 08:00" --to "2026-03-02 12:00"',
        'event add note 4 1 --at 2026-03-02 --text "heating repaired"',
      ],
    },
    {
      ...{ name: 'remove', about: 'one that was entered here', words: '<node> <id>', examples: ['event remove 4 1'] },
      load: async () => (await loadEvents()).removeEvent,
    },
  ],
};
