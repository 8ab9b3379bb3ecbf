import { bothLanguages } from './both-languages.ts';

// What the command line says to a person.
export const cliMessages = bothLanguages(
  {
    'cli.ready': 'ready in {seconds} s',
  },
  {
    'cli.ready': 'prêt en {seconds} s',
  },
);
