import { bothLanguages } from './both-languages.ts';

// The EMR's screens and servers. The six columns of the matrix are `frame.column.*`: Cloud Connect and the portal name them too.
export const emrMessages = bothLanguages(
  {
    'emr.nav.scheduler': 'Scheduler',
    'emr.nav.users': 'Users',
    'emr.security': 'Manage Security',
    'emr.security.users': 'Users',
    'emr.permissions': 'Provider Permissions',
    'emr.permissions.access-until': 'Access Until',
    'emr.permissions.save': 'Save',
    'emr.problem.not-administrator': 'Manage Security is for EMR administrators. Ask one of them.',
    'emr.problem.already-set-up': 'There is a clinic here already. Sign in as its administrator.',
    'emr.problem.which-clinic': 'Say which clinic you sign in to.',
    'emr.problem.unknown-office': 'The clinic has no office {office}. Nothing was changed.',
    'emr.problem.username-taken': 'There is a user {username} already. Choose another name.',
    'emr.problem.integration-there': 'This clinic has its integration user already: {username}.',
    'emr.problem.no-such-schedule':
      'Provider {provider} has no schedule in office {office}. Nothing of this change was saved.',
    'emr.problem.access-until-passed':
      'Access Until {day} has passed: {provider}, {office}. Choose today or later. Nothing of this change was saved.',
    'emr.problem.row-twice': 'One provider schedule was named twice in this change. Nothing was saved.',
    'emr.problem.column-missing':
      'You do not hold {column} for {provider} in {office}. An EMR administrator can grant it in Manage Security.',
    'emr.problem.no-such-patient': 'There is no such patient, or you may not see them. Nothing was booked.',
    'emr.problem.skipped-time': 'On {date} the clock skips {time} in this office. Choose another time.',
    'emr.problem.time-taken':
      'This time is taken by {overlaps, plural, one {# booking} other {# bookings}}. Nothing was booked. You may book it anyway.',
    'emr.problem.cancelled-already': 'This booking is cancelled already.',
    'emr.problem.not-your-office': 'There is no such office, or you do not belong to it.',
    'emr.import.type': '{type}: {read} read, {created} new, {updated} changed, {unchanged} as they were',
    'emr.import.unusable': '{type}: {count} could not be used ({reason})',
    'emr.import.broken': 'Not readable: {file}, line {line}',
  },
  {
    'emr.nav.scheduler': 'Agenda',
    'emr.nav.users': 'Utilisateurs',
    'emr.security': 'Gestion de la sécurité',
    'emr.security.users': 'Utilisateurs',
    'emr.permissions': 'Permissions par clinicien',
    'emr.permissions.access-until': 'Accès jusqu’au',
    'emr.permissions.save': 'Enregistrer',
    'emr.problem.not-administrator':
      'La gestion de la sécurité est réservée aux administrateurs du DME. Adressez-vous à l’un d’eux.',
    'emr.problem.already-set-up': 'Il y a déjà une clinique ici. Connectez-vous comme son administrateur.',
    'emr.problem.which-clinic': 'Précisez à quelle clinique vous vous connectez.',
    'emr.problem.unknown-office': 'La clinique n’a pas de bureau {office}. Rien n’a été modifié.',
    'emr.problem.username-taken': 'L’utilisateur {username} existe déjà. Choisissez un autre nom.',
    'emr.problem.integration-there': 'Cette clinique a déjà son utilisateur d’intégration : {username}.',
    'emr.problem.no-such-schedule':
      'Le fournisseur {provider} n’a pas d’horaire au bureau {office}. Rien de cette modification n’a été enregistré.',
    'emr.problem.access-until-passed':
      'La date d’accès {day} est passée : {provider}, {office}. Choisissez aujourd’hui ou plus tard. Rien n’a été enregistré.',
    'emr.problem.row-twice': 'Un même horaire figure deux fois dans cette modification. Rien n’a été enregistré.',
    'emr.problem.column-missing':
      'Vous n’avez pas {column} pour {provider} à {office}. Un administrateur du DME peut l’accorder dans la gestion de la sécurité.',
    'emr.problem.no-such-patient': 'Ce patient n’existe pas, ou vous n’y avez pas accès. Rien n’a été réservé.',
    'emr.problem.skipped-time': 'Le {date}, l’horloge saute {time} dans ce bureau. Choisissez une autre heure.',
    'emr.problem.time-taken':
      'Cette plage est prise par {overlaps, plural, one {# rendez-vous} other {# rendez-vous}}. Rien n’a été réservé. Vous pouvez réserver quand même.',
    'emr.problem.cancelled-already': 'Ce rendez-vous est déjà annulé.',
    'emr.problem.not-your-office': 'Ce bureau n’existe pas, ou vous n’en faites pas partie.',
    'emr.import.type': '{type} : {read} lus, {created} nouveaux, {updated} modifiés, {unchanged} inchangés',
    'emr.import.unusable': '{type} : {count} inutilisables ({reason})',
    'emr.import.broken': 'Illisible : {file}, ligne {line}',
  },
);
