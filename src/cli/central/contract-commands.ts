import type { Command } from 'commander';
import type { Group } from './spec.ts';

const load = async () => import('./contracts.ts');

const from = (words: string) => (command: Command) => command.option('--from <date>', words);

/** `lector central contract`: what supplies are charged by. */
export const CONTRACT_GROUP: Group = {
  about: 'what sites and analyzers are charged by, for bills',
  commands: [
    {
      ...{ name: 'list', about: 'all of them, and what is charged by each', examples: ['contract list'] },
      load: async () => (await load()).listContracts,
    },
    {
      ...{ name: 'show', about: 'one as it was written', words: '<contract>', examples: ['contract show school'] },
      load: async () => (await load()).showContract,
    },
    {
      ...{ name: 'add', about: 'the one of a file, or what is new in it', words: '<file>' },
      options: (command) => command.option('--name <text>', 'what it is called here (default: as the file is)'),
      load: async () => (await load()).addContract,
      examples: ['contract add tariffs/school.json', 'contract add docs/examples/3.0TD-baleares.json --name school'],
    },
    {
      ...{ name: 'remove', about: 'one that nothing is charged by', words: '<contract>' },
      load: async () => (await load()).removeContract,
      examples: ['contract remove school'],
    },
    {
      ...{ name: 'assign', about: 'charge a site, or one analyzer, by it', words: '<contract> <node> [analyzer]' },
      options: from('first local day, until the next of the same (default: always)'),
      load: async () => (await load()).assignContract,
      examples: ['contract assign school 4', 'contract assign school 4 1 --from 2026-01-01'],
    },
    {
      ...{ name: 'unassign', about: 'charge it so no more', words: '<node> [analyzer]' },
      options: from('that of this first day alone (default: all of its own)'),
      load: async () => (await load()).unassignContract,
      examples: ['contract unassign 4 1'],
    },
  ],
};
