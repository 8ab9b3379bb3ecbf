import { bothLanguages } from './both-languages.ts';

// Least privilege: what is granted and not needed, the request to take it away, and what the EMR shows of it.
export const privilegeMessages = bothLanguages(
  {
    'privilege.title': 'More than is needed',
    'privilege.lead':
      'Ticks that the EMR grants to the integration user and that nothing here needs. They break nothing; without them, all that is switched on works as before.',
    'privilege.none': 'Nothing is granted beyond what is needed here.',
    'privilege.unknown': 'This EMR does not say what it grants, so it is not known whether something is too much.',
    'privilege.undecided':
      '{count, plural, one {# schedule is left out: it is not decided yet whether its provider is synchronised.} other {# schedules are left out: it is not decided yet whether their providers are synchronised.}}',
    'privilege.column.no-feature':
      '{column} is granted on {schedules, plural, one {# schedule} other {# schedules}} and no enabled feature needs it.',
    'privilege.column.not-selected':
      '{column} is granted on {schedules, plural, one {# schedule whose provider is} other {# schedules whose providers are}} not selected here.',
    'privilege.column.both':
      '{column} is granted on {schedules, plural, one {# schedule} other {# schedules}} and nothing here needs it; in {others, plural, one {# of them the provider is} other {# of them the providers are}} not selected.',
    'privilege.choose-all': 'Choose all',
    'privilege.choose-cell': 'Choose {column}, {provider}, {office}',
    'privilege.request':
      '{count, plural, =0 {Request to take them away} one {Request to take # tick away} other {Request to take # ticks away}}',
    'privilege.only-surplus': 'Only schedules with more than is needed',
    'privilege.table': 'Needed, granted, used',
    'privilege.not-selected': 'not selected',
    'privilege.lapsed': 'lapsed',
    'privilege.state.held': 'needed and granted',
    'privilege.state.surplus': 'granted, not needed',
    'privilege.state.missing': 'needed, not granted',
    'privilege.state.none': 'neither',
    'privilege.needed': 'Needed for',
    'privilege.needed.nothing': 'nothing that is switched on',
    'privilege.need.synchronising': 'synchronising',
    'privilege.used': '{what}, {day}',
    'privilege.use.bookings': 'bookings read',
    'privilege.use.patients': 'patients read',
    'privilege.use.acts': 'booking changed',
    'privilege.use.filings': 'document filed',
    'privilege.use.attachments': 'attachment fetched',
    'privilege.use.none': 'use not recorded',
    'privilege.since':
      'Use is taken from runs, write-backs and fetched attachments, recorded since {day}. Not recorded does not mean not used.',
    'privilege.no-record': 'Nothing is recorded of use yet. That does not mean not used.',
    'privilege.somewhere': '{column}: {what}, last on {day}. From which schedule is not recorded.',
    'privilege.problem.not-surplus':
      'At least one of these ticks is needed, or is not granted any more: {provider}, {office}. Look again and choose anew.',
  },
  {
    'privilege.title': 'Plus que nécessaire',
    'privilege.lead':
      'Des coches que le DME accorde à l’utilisateur d’intégration et dont rien ici n’a besoin. Elles ne gênent rien ; sans elles, tout ce qui est activé fonctionne comme avant.',
    'privilege.none': 'Rien n’est accordé au-delà de ce qui est nécessaire ici.',
    'privilege.unknown': 'Ce DME ne dit pas ce qu’il accorde : on ne sait donc pas si quelque chose est de trop.',
    'privilege.undecided':
      '{count, plural, one {# agenda est laissé de côté : il n’est pas encore décidé si son clinicien est synchronisé.} other {# agendas sont laissés de côté : il n’est pas encore décidé si leurs cliniciens sont synchronisés.}}',
    'privilege.column.no-feature':
      '{column} est accordé dans {schedules, plural, one {# agenda} other {# agendas}} et aucune fonction activée n’en a besoin.',
    'privilege.column.not-selected':
      '{column} est accordé dans {schedules, plural, one {# agenda dont le clinicien n’est pas choisi} other {# agendas dont les cliniciens ne sont pas choisis}} ici.',
    'privilege.column.both':
      '{column} est accordé dans {schedules, plural, one {# agenda} other {# agendas}} et rien ici n’en a besoin ; dans {others, plural, one {# d’entre eux le clinicien n’est pas choisi} other {# d’entre eux les cliniciens ne sont pas choisis}}.',
    'privilege.choose-all': 'Tout choisir',
    'privilege.choose-cell': 'Choisir {column}, {provider}, {office}',
    'privilege.request':
      '{count, plural, =0 {Demander le retrait} one {Demander le retrait de # coche} other {Demander le retrait de # coches}}',
    'privilege.only-surplus': 'Seulement les agendas où il y a plus que nécessaire',
    'privilege.table': 'Nécessaire, accordé, utilisé',
    'privilege.not-selected': 'non choisi',
    'privilege.lapsed': 'échu',
    'privilege.state.held': 'nécessaire et accordé',
    'privilege.state.surplus': 'accordé, pas nécessaire',
    'privilege.state.missing': 'nécessaire, pas accordé',
    'privilege.state.none': 'ni l’un ni l’autre',
    'privilege.needed': 'Nécessaire pour',
    'privilege.needed.nothing': 'rien de ce qui est activé',
    'privilege.need.synchronising': 'la synchronisation',
    'privilege.used': '{what}, {day}',
    'privilege.use.bookings': 'rendez-vous lus',
    'privilege.use.patients': 'patients lus',
    'privilege.use.acts': 'rendez-vous modifié',
    'privilege.use.filings': 'document classé',
    'privilege.use.attachments': 'pièce jointe obtenue',
    'privilege.use.none': 'usage non consigné',
    'privilege.since':
      'L’usage vient des synchronisations, des écritures et des pièces jointes obtenues, consignées depuis le {day}. Non consigné ne veut pas dire inutilisé.',
    'privilege.no-record': 'Rien n’est encore consigné de l’usage. Cela ne veut pas dire inutilisé.',
    'privilege.somewhere': '{column} : {what}, la dernière fois le {day}. De quel agenda n’est pas consigné.',
    'privilege.problem.not-surplus':
      'Au moins une de ces coches est nécessaire, ou n’est plus accordée : {provider}, {office}. Regardez à nouveau et choisissez de nouveau.',
  },
);
