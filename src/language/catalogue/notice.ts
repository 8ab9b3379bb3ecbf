import { bothLanguages } from './both-languages.ts';

// Whom a site has told of gaps: a program by webhook, people by e-mail.
export const noticeMessages = bothLanguages(
  {
    'notice.title': 'Tell us of gaps',
    'notice.means':
      'A program is told at once when a gap begins or ends. People get one e-mail a day while there are gaps. Neither says anything of a patient.',
    'notice.webhook': 'Webhook address',
    'notice.webhook.hint': 'https, signed after Standard Webhooks. Empty: none.',
    'notice.mails': 'E-mail addresses',
    'notice.mails.hint': 'One on each line. Empty: no e-mail.',
    'notice.at': 'Daily at',
    'notice.language': 'Language',
    'notice.save': 'Save',
    'notice.saved': 'Saved.',
    'notice.secret': 'The secret that its signatures are made with. It is shown this once:',
    'notice.none': 'Nothing has been told yet.',
    'notice.last.told': '{gap}: told at {time}.',
    'notice.last.waiting': '{gap}: not taken yet ({problem}); tried again.',
    'notice.last.given-up': '{gap}: given up ({problem}).',
    'notice.digest.day': 'Last e-mail: {day}.',
    'notice.digest.problem': 'The last e-mail could not be sent ({problem}).',
    'notice.no-mail-server': 'This installation has no mail server (SMTP_URL): e-mails wait.',
    'notice.problem.address': 'This address cannot be used: an https address on the internet is expected.',
    'notice.problem.mail-address': 'Write e-mail addresses, one on each line.',
    'notice.mail.subject': 'Access Doctor: {gaps, plural, =0 {access lapses soon} one {# gap} other {# gaps}}',
    'notice.mail.lead':
      '{gaps, plural, =0 {Nothing is missing, and access lapses soon.} one {# gap stands between the EMR and the portal.} other {# gaps stand between the EMR and the portal.}}',
  },
  {
    'notice.title': 'Nous signaler les lacunes',
    'notice.means':
      'Un programme est averti dès qu’une lacune commence ou finit. Les personnes reçoivent un courriel par jour tant qu’il y a des lacunes. Ni l’un ni l’autre ne dit quoi que ce soit d’un patient.',
    'notice.webhook': 'Adresse du webhook',
    'notice.webhook.hint': 'https, signé selon Standard Webhooks. Vide : aucun.',
    'notice.mails': 'Adresses de courriel',
    'notice.mails.hint': 'Une par ligne. Vide : aucun courriel.',
    'notice.at': 'Chaque jour à',
    'notice.language': 'Langue',
    'notice.save': 'Enregistrer',
    'notice.saved': 'Enregistré.',
    'notice.secret': 'Le secret dont ses signatures sont faites. Il n’est affiché que cette fois :',
    'notice.none': 'Rien n’a encore été signalé.',
    'notice.last.told': '{gap} : signalée ({time}).',
    'notice.last.waiting': '{gap} : pas encore prise ({problem}); nouvel essai.',
    'notice.last.given-up': '{gap} : abandonnée ({problem}).',
    'notice.digest.day': 'Dernier courriel : {day}.',
    'notice.digest.problem': 'Le dernier courriel n’a pas pu être envoyé ({problem}).',
    'notice.no-mail-server': 'Cette installation n’a pas de serveur de courriel (SMTP_URL) : les courriels attendent.',
    'notice.problem.address': 'Cette adresse ne peut pas servir : une adresse https sur l’internet est attendue.',
    'notice.problem.mail-address': 'Écrivez des adresses de courriel, une par ligne.',
    'notice.mail.subject':
      'Docteur des accès : {gaps, plural, =0 {un accès échoit bientôt} one {# lacune} other {# lacunes}}',
    'notice.mail.lead':
      '{gaps, plural, =0 {Rien ne manque, et un accès échoit bientôt.} one {# lacune entre le DME et le portail.} other {# lacunes entre le DME et le portail.}}',
  },
);
