import { bothLanguages } from './both-languages.ts';

// A request to the EMR's administrator: as it is made and printed in Cloud Connect, and as the EMR shows it.
export const fixMessages = bothLanguages(
  {
    'fix.request': 'Request this fix',
    'fix.from-home': 'Request it with a link',
    'fix.choose': 'Request with others',
    'fix.request-several': '{count, plural, =0 {Request the chosen fixes} one {Request # fix} other {Request # fixes}}',
    'fix.choose-all': 'Choose all for the EMR administrator',
    'fix.requests': 'Fix requests',
    'fix.requests.line': '{time}, by {who}',
    'fix.requests.gaps':
      '{open, plural, =0 {nothing of it is missing any more} one {# of {all} gaps is there still} other {# of {all} gaps are there still}}',
    'fix.title': 'Fix request',
    'fix.lead':
      'For an EMR administrator: {user} lacks what is marked below, and the patient portal cannot show it. Nothing else is asked for.',
    'fix.lead.was': 'This is what was asked for.',
    'fix.done': 'Nothing of it is missing any more.',
    'fix.expired': 'This request is no longer good: its link opens nothing. Request the fix again.',
    'fix.open': 'Open in the EMR',
    'fix.copy': 'Copy the link',
    'fix.copied': 'Copied.',
    'fix.print': 'Print',
    'fix.back': 'Back to the Access Doctor',
    'fix.no-link': 'This EMR does not say where its Manage Security is. Print this page, or send it as it is.',
    'fix.facts.made': 'Requested',
    'fix.facts.until': 'Link good until',
    'fix.facts.gaps': 'Gaps',
    'fix.facts.user': 'User',
    'fix.steps': 'What to do',
    'fix.step.link':
      'An EMR administrator opens the link, looks at what is proposed, and presses <i>Save</i>. Or, without the link:',
    'fix.step.open': 'In the EMR open <i>Users</i> > <i>Manage Security</i> > <i>Users</i> and choose {user}.',
    'fix.step.offices': 'With <i>Offices</i>, make the user belong to: {offices}.',
    'fix.step.tick':
      'Open <i>Provider Permissions</i>. For each office and each provider schedule below tick the columns that are marked.',
    'fix.step.until': 'Where <i>Access Until</i> is marked, set a new date or none.',
    'fix.step.save': 'Press <i>Save</i>.',
    'fix.step.sync':
      'Cloud Connect reads by itself what opened. Where it does not within a minute, a Site Admin chooses <i>Sync Full Schedule</i> in <i>Sync Status</i>, in the menu right of <i>Sync Recent Appointments</i>.',
    'fix.qr': 'The link of this request, to be read by a camera',
    'fix.qr.what': 'Read by a camera, this opens the request in the EMR.',
    'fix.table': 'What is missing: {office}',
    'fix.table.remove': 'What is asked for: {office}',
    'fix.schedule': 'Provider schedule',
    'fix.tick': 'tick',
    'fix.new-date': 'new date: it was over after {day}',
    'fix.for': 'Works again',
    'fix.member': 'The user is to belong to this office.',
    'fix.problem.no-gap': '{gap} is no gap any more. Look again and choose anew.',
    'fix.problem.not-theirs': '{gap} is nothing that an EMR administrator can mend in Manage Security.',
    'fix.problem.too-many':
      'One request holds at most {maximum} schedules, and these are {count}. Request the fix office by office.',
    'fix.problem.cannot-sign':
      'The request cannot be signed: the stored secret or key of this connection cannot be used. Enter it again in Settings.',

    'fix.emr.title': 'Fix request',
    'fix.emr.lead':
      '<b>{client}</b> asks for {cells, plural, =0 {no tick} one {# tick} other {# ticks}} in {schedules, plural, =0 {no schedule} one {# schedule} other {# schedules}}. It is proposed below and nothing is saved yet. Made {made}, good until {until}. Gaps: {gaps}.',
    'fix.emr.done': 'All that this request asks for is granted already. There is nothing to do.',
    'fix.emr.all': 'Choose all of it',
    'fix.emr.done.remove': 'All that this request asks to take away is gone already. There is nothing to do.',
    'fix.emr.already': 'already granted',
    'fix.emr.until': 'Access Until: {day} is over; proposed is {next}',
    'fix.emr.until-done': 'Access Until: has been set anew',
    'fix.emr.join': 'Make {user} belong to {office}',
    'fix.emr.joined': '{user} belongs to {office} already',
    'fix.emr.for': 'for {features}',
    'fix.emr.unknown-office': 'An office with the id {office} is asked for. This clinic has none.',
    'fix.emr.unknown-schedule':
      'A schedule is asked for that this clinic does not have: provider {provider}, office {office}.',
    'fix.emr.cell': '{column}, {provider}, {office}',
    'fix.emr.reason': 'Fix request {gaps}',
    'fix.emr.none':
      'The link is not whole: it ends without a request. Ask for it again, or open Manage Security and follow the printed page.',
    'fix.emr.open-security': 'Open Manage Security',
    'fix.emr.offices-first': 'Saving makes {user} belong to {offices} as well.',
    'fix.lead.remove':
      'For an EMR administrator: {user} holds what is marked below, and nothing in the patient portal needs it. Nothing else is asked for.',
    'fix.lead.both':
      'For an EMR administrator: {user} lacks some of what is marked below and holds the rest without need. Nothing else is asked for.',
    'fix.step.untick':
      'Open <i>Provider Permissions</i>. For each office and each provider schedule below clear the columns that are marked to be cleared.',
    'fix.untick': 'clear',
    'fix.why': 'Why',
    'fix.why.no-feature': 'no enabled feature needs it',
    'fix.why.not-selected': 'provider not selected in Cloud Connect',
    'fix.removed': 'All that was to be taken away is gone.',
    'fix.needed-again':
      '{count, plural, one {# of these ticks is} other {# of these ticks are}} needed by now: a feature or a provider was switched on since. The link is withheld; request it anew.',
    'fix.requests.ticks':
      '{open, plural, =0 {nothing of it is too much any more} one {# of {all} ticks is there still} other {# of {all} ticks are there still}}',
    'fix.facts.ticks': 'To be taken away',
    'fix.facts.ticks.count': '{count, plural, one {# tick} other {# ticks}}',
    'fix.emr.lead.remove':
      '<b>{client}</b> asks that {cells, plural, one {# tick is} other {# ticks are}} taken away in {schedules, plural, one {# schedule} other {# schedules}}: it does not need {cells, plural, one {it} other {them}}. It is proposed below and nothing is saved yet. Made {made}, good until {until}.',
    'fix.emr.remove': 'to be taken away',
    'fix.emr.remove.no-feature': 'no enabled feature of {client} needs it',
    'fix.emr.remove.not-selected': 'this provider is not selected in {client}',
    'fix.emr.removed': 'already taken away',
    'fix.emr.remove.cell': 'Take away {column}, {provider}, {office}',
    'fix.emr.reason.remove': 'Fix request: not needed by {client}',
    'fix.emr.problem.contradicts':
      'This request contradicts itself: it asks to take away what it says that it needs. Nothing of it is proposed. Ask the Site Admin to make a new one.',
    'fix.emr.problem.newer':
      'This request was made by a newer version than this EMR can read. Nothing of it is proposed. Follow the printed page instead.',
    'fix.emr.problem.unreadable': 'This is no fix request, or the link was cut. Ask for the whole link.',
    'fix.emr.problem.other-clinic': 'This request was made for another clinic or another EMR. It opens nothing here.',
    'fix.emr.problem.ended':
      'The integration that asks is no longer active here. Nothing of it can be granted until it is connected again.',
    'fix.emr.problem.not-signed':
      'This request was not signed by the integration that it names, or was changed on the way. Do not grant it. Ask the Site Admin to make a new one.',
    'fix.emr.problem.expired': 'This request is no longer good. Ask the Site Admin to make a new one.',
    'fix.feature.provider-list': 'the list of providers',
    'fix.feature.day-sheet': 'the Day Sheet',
    'fix.feature.reminders': 'reminder e-mails',
    'fix.feature.confirm': 'confirming from the e-mail',
    'fix.feature.attachments': 'Save for Ocean',
    'fix.feature.filing': 'filing in the chart',
    'fix.feature.balance': 'the balance at check-in',
    'fix.feature.synchronising': 'synchronising',
  },
  {
    'fix.request': 'Demander cette correction',
    'fix.from-home': 'Le demander par un lien',
    'fix.choose': 'Demander avec d’autres',
    'fix.request-several':
      '{count, plural, =0 {Demander les corrections choisies} one {Demander # correction} other {Demander # corrections}}',
    'fix.choose-all': 'Tout choisir pour l’administrateur du DME',
    'fix.requests': 'Demandes de correction',
    'fix.requests.line': '{time}, par {who}',
    'fix.requests.gaps':
      '{open, plural, =0 {plus rien n’y manque} one {# lacune sur {all} demeure} other {# lacunes sur {all} demeurent}}',
    'fix.title': 'Demande de correction',
    'fix.lead':
      'Pour un administrateur du DME : il manque à {user} ce qui est marqué ci-dessous, et le portail des patients ne peut pas le montrer. Rien d’autre n’est demandé.',
    'fix.lead.was': 'Voici ce qui était demandé.',
    'fix.done': 'Plus rien n’y manque.',
    'fix.expired': 'Cette demande n’est plus valable : son lien n’ouvre rien. Demandez la correction à nouveau.',
    'fix.open': 'Ouvrir dans le DME',
    'fix.copy': 'Copier le lien',
    'fix.copied': 'Copié.',
    'fix.print': 'Imprimer',
    'fix.back': 'Retour au docteur des accès',
    'fix.no-link':
      'Ce DME n’indique pas où se trouve sa gestion de la sécurité. Imprimez cette page, ou envoyez-la telle quelle.',
    'fix.facts.made': 'Demandée',
    'fix.facts.until': 'Lien valable jusqu’au',
    'fix.facts.gaps': 'Lacunes',
    'fix.facts.user': 'Utilisateur',
    'fix.steps': 'Que faire',
    'fix.step.link':
      'Un administrateur du DME ouvre le lien, regarde ce qui est proposé, puis choisit <i>Enregistrer</i>. Ou, sans le lien :',
    'fix.step.open':
      'Dans le DME, ouvrez <i>Utilisateurs</i> > <i>Gestion de la sécurité</i> > <i>Utilisateurs</i> et choisissez {user}.',
    'fix.step.offices': 'Avec <i>Bureaux</i>, faites appartenir l’utilisateur à : {offices}.',
    'fix.step.tick':
      'Ouvrez <i>Permissions par clinicien</i>. Pour chaque bureau et chaque horaire ci-dessous, cochez les colonnes marquées.',
    'fix.step.until': 'Là où <i>Accès jusqu’au</i> est marqué, choisissez une nouvelle date, ou aucune.',
    'fix.step.save': 'Choisissez <i>Enregistrer</i>.',
    'fix.step.sync':
      'Cloud Connect lit de lui-même ce qui s’est ouvert. S’il ne le fait pas dans la minute, un administrateur du site choisit <i>Synchroniser l’agenda complet</i> dans <i>État de la synchronisation</i>, dans le menu à droite de <i>Synchroniser les rendez-vous récents</i>.',
    'fix.qr': 'Le lien de cette demande, à lire par un appareil photo',
    'fix.qr.what': 'Lu par un appareil photo, ceci ouvre la demande dans le DME.',
    'fix.table': 'Ce qui manque : {office}',
    'fix.table.remove': 'Ce qui est demandé : {office}',
    'fix.schedule': 'Horaire du clinicien',
    'fix.tick': 'cocher',
    'fix.new-date': 'nouvelle date : échue après le {day}',
    'fix.for': 'Fonctionne à nouveau',
    'fix.member': 'L’utilisateur doit appartenir à ce bureau.',
    'fix.problem.no-gap': '{gap} n’est plus une lacune. Regardez à nouveau et choisissez de nouveau.',
    'fix.problem.not-theirs':
      '{gap} n’est rien qu’un administrateur du DME puisse corriger dans la gestion de la sécurité.',
    'fix.problem.too-many':
      'Une demande contient au plus {maximum} horaires, et il y en a {count}. Demandez la correction bureau par bureau.',
    'fix.problem.cannot-sign':
      'La demande ne peut pas être signée : le secret ou la clé enregistrés de cette connexion sont inutilisables. Saisissez-les à nouveau dans les paramètres.',

    'fix.emr.title': 'Demande de correction',
    'fix.emr.lead':
      '<b>{client}</b> demande {cells, plural, =0 {aucune coche} one {# coche} other {# coches}} dans {schedules, plural, =0 {aucun horaire} one {# horaire} other {# horaires}}. C’est proposé ci-dessous et rien n’est encore enregistré. Faite {made}, valable jusqu’à {until}. Lacunes : {gaps}.',
    'fix.emr.done': 'Tout ce que cette demande réclame est déjà accordé. Il n’y a rien à faire.',
    'fix.emr.all': 'Tout choisir',
    'fix.emr.done.remove': 'Tout ce que cette demande veut retirer l’est déjà. Il n’y a rien à faire.',
    'fix.emr.already': 'déjà accordé',
    'fix.emr.until': 'Accès jusqu’au : le {day} est passé ; proposé : {next}',
    'fix.emr.until-done': 'Accès jusqu’au : une nouvelle date est en vigueur',
    'fix.emr.join': 'Faire appartenir {user} à {office}',
    'fix.emr.joined': '{user} appartient déjà à {office}',
    'fix.emr.for': 'pour {features}',
    'fix.emr.unknown-office':
      'Un bureau dont l’identifiant est {office} est demandé. Cette clinique n’en a pas de tel.',
    'fix.emr.unknown-schedule':
      'Un horaire est demandé que cette clinique n’a pas : clinicien {provider}, bureau {office}.',
    'fix.emr.cell': '{column}, {provider}, {office}',
    'fix.emr.reason': 'Demande de correction {gaps}',
    'fix.emr.none':
      'Le lien n’est pas entier : il se termine sans demande. Redemandez-le, ou ouvrez la gestion de la sécurité et suivez la page imprimée.',
    'fix.emr.open-security': 'Ouvrir la gestion de la sécurité',
    'fix.emr.offices-first': 'L’enregistrement fait aussi appartenir {user} à {offices}.',
    'fix.lead.remove':
      'Pour un administrateur du DME : {user} détient ce qui est marqué ci-dessous, et rien dans le portail des patients n’en a besoin. Rien d’autre n’est demandé.',
    'fix.lead.both':
      'Pour un administrateur du DME : il manque à {user} une partie de ce qui est marqué ci-dessous, et il détient le reste sans besoin. Rien d’autre n’est demandé.',
    'fix.step.untick':
      'Ouvrez <i>Permissions par clinicien</i>. Pour chaque bureau et chaque horaire ci-dessous, décochez les colonnes marquées pour cela.',
    'fix.untick': 'décocher',
    'fix.why': 'Pourquoi',
    'fix.why.no-feature': 'aucune fonction activée n’en a besoin',
    'fix.why.not-selected': 'clinicien non choisi dans Cloud Connect',
    'fix.removed': 'Tout ce qui devait être retiré l’est.',
    'fix.needed-again':
      '{count, plural, one {# de ces coches est nécessaire} other {# de ces coches sont nécessaires}} désormais : une fonction ou un clinicien a été activé depuis. Le lien est retenu ; faites une nouvelle demande.',
    'fix.requests.ticks':
      '{open, plural, =0 {plus rien n’y est de trop} one {# coche sur {all} demeure} other {# coches sur {all} demeurent}}',
    'fix.facts.ticks': 'À retirer',
    'fix.facts.ticks.count': '{count, plural, one {# coche} other {# coches}}',
    'fix.emr.lead.remove':
      '<b>{client}</b> demande que {cells, plural, one {# coche soit retirée} other {# coches soient retirées}} dans {schedules, plural, one {# horaire} other {# horaires}} : il n’en a pas besoin. C’est proposé ci-dessous et rien n’est encore enregistré. Faite {made}, valable jusqu’à {until}.',
    'fix.emr.remove': 'à retirer',
    'fix.emr.remove.no-feature': 'aucune fonction activée de {client} n’en a besoin',
    'fix.emr.remove.not-selected': 'ce clinicien n’est pas choisi dans {client}',
    'fix.emr.removed': 'déjà retiré',
    'fix.emr.remove.cell': 'Retirer {column}, {provider}, {office}',
    'fix.emr.reason.remove': 'Demande de correction : {client} n’en a pas besoin',
    'fix.emr.problem.contradicts':
      'Cette demande se contredit : elle demande de retirer ce dont elle dit avoir besoin. Rien n’en est proposé. Demandez à l’administrateur du site d’en faire une nouvelle.',
    'fix.emr.problem.newer':
      'Cette demande a été faite par une version plus récente que ce DME ne sait lire. Rien n’en est proposé. Suivez plutôt la page imprimée.',
    'fix.emr.problem.unreadable':
      'Ceci n’est pas une demande de correction, ou le lien a été coupé. Demandez le lien entier.',
    'fix.emr.problem.other-clinic':
      'Cette demande a été faite pour une autre clinique ou un autre DME. Elle n’ouvre rien ici.',
    'fix.emr.problem.ended':
      'L’intégration qui demande n’est plus active ici. Rien ne peut lui être accordé tant qu’elle n’est pas reconnectée.',
    'fix.emr.problem.not-signed':
      'Cette demande n’a pas été signée par l’intégration qu’elle nomme, ou a été modifiée en chemin. Ne l’accordez pas. Demandez à l’administrateur du site d’en faire une nouvelle.',
    'fix.emr.problem.expired':
      'Cette demande n’est plus valable. Demandez à l’administrateur du site d’en faire une nouvelle.',
    'fix.feature.provider-list': 'la liste des cliniciens',
    'fix.feature.day-sheet': 'la feuille du jour',
    'fix.feature.reminders': 'les courriels de rappel',
    'fix.feature.confirm': 'la confirmation depuis le courriel',
    'fix.feature.attachments': 'l’enregistrement pour Ocean',
    'fix.feature.filing': 'le classement au dossier',
    'fix.feature.balance': 'le solde à l’accueil',
    'fix.feature.synchronising': 'la synchronisation',
  },
);
