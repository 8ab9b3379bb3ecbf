import { bothLanguages } from './both-languages.ts';

// The scheduler beyond the day: the week, moving and copying, what a booking becomes, and what the clinic sets for it.
export const schedulerMessages = bothLanguages(
  {
    'scheduler.problem.over':
      'This booking is over or cancelled, so it stays where it stands. Copy it to book the patient again. Nothing was changed.',
    'scheduler.problem.no-such-status': 'The clinic has no such status any more. Nothing was changed. Choose another.',
  },
  {
    'scheduler.problem.over':
      'Ce rendez-vous est passé ou annulé : il reste où il est. Copiez-le pour redonner un rendez-vous au patient. Rien n’a été modifié.',
    'scheduler.problem.no-such-status': 'La clinique n’a plus cet état. Rien n’a été modifié. Choisissez-en un autre.',
  },
);
