import { bothLanguages } from './both-languages.ts';

// Mails to patients, and what a person has to say about them.
export const mailMessages = bothLanguages(
  {
    'mail.box.title': 'The demo’s mailbox',
    'mail.box.means': 'What the demo’s portal sent to its invented patients. It went nowhere else.',
    'mail.box.empty': 'Nothing yet. Switch a reminder rule on and wait for its run; then reload this page.',
    'mail.box.to': 'To',
    'mail.box.from': 'From',
    'mail.box.at': 'Received',
    'mail.box.files': 'Attached',
    'mail.problem.not-uncertain':
      'This mail is not uncertain any more. Somebody has decided, or it has been settled since.',
  },
  {
    'mail.box.title': 'La boîte aux lettres de la démonstration',
    'mail.box.means':
      'Ce que le portail de la démonstration a envoyé à ses patients inventés. Rien n’est allé ailleurs.',
    'mail.box.empty':
      'Rien encore. Mettez une règle de rappel en marche et attendez son envoi; puis rechargez la page.',
    'mail.box.to': 'À',
    'mail.box.from': 'De',
    'mail.box.at': 'Reçu',
    'mail.box.files': 'Joint',
    'mail.problem.not-uncertain':
      'Ce courriel n’est plus incertain. Quelqu’un a décidé, ou son sort a été réglé depuis.',
  },
);
