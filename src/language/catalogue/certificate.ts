import { bothLanguages } from './both-languages.ts';

// Proof that a gap has healed: probes, certificates, and the history of gaps.
export const certificateMessages = bothLanguages(
  {
    'certificate.title': 'Certificate',
    'certificate.of': 'Access healed: {title}',
    'certificate.several': '{count, plural, one {# schedule} other {# schedules}}',
    'certificate.lead':
      'At {site} this gap was first seen on {opened}, and it is over since {healed}. {others, plural, =0 {Every feature below was} other {{tried, plural, one {# of the {all} features below was} other {# of the {all} features below were}}}} tried after that, against the EMR and against the portal’s own pages.{others, plural, =0 {} one { For the other the cells are held, and nothing was tried.} other { For the other # the cells are held, and nothing was tried.}}',
    'certificate.gap': 'Gap',
    'certificate.issued': 'Issued',
    'certificate.emr': 'EMR',
    'certificate.user': 'Integration user',
    'certificate.key': 'Signed with key',
    'certificate.cells': 'Cells',
    'certificate.column': 'Column',
    'certificate.before': 'Before',
    'certificate.after': 'After',
    'certificate.held': 'held',
    'certificate.not-held': 'not held',
    'certificate.features': 'Features',
    'certificate.feature': 'Feature',
    'certificate.probe': 'Probe',
    'certificate.not-tried': 'Cells held, not tried',
    'certificate.counts': 'Bookings on the portal, of the days that are synchronised: before {before}; after {after}.',
    'certificate.shown': 'shown {shown}, out of sight {hidden}',
    'certificate.evidence': 'Evidence',
    'certificate.versions': 'Permission version {before}, then {after}',
    'certificate.run': 'Run {runId} ({mode}), ended {time}',
    'certificate.result.passed': 'passed',
    'certificate.result.failed': 'failed',
    'certificate.result.not-probed': 'not probed',
    'certificate.save': 'Save the certificate',
    'certificate.print': 'Print',
    'certificate.verify':
      'Whoever has the file can check it: tidegate verify ‹the file›. Where this installation is not, with --key and what {keys} gives, once and for all.',
    'certificate.back': 'Access Doctor',
    'certificate.problem.unknown': 'There is no such certificate at this site.',
    'certificate.history': 'Gaps that ended',
    'certificate.history.none': 'No gap has ended yet.',
    'certificate.history.when': '{opened} – {closed}',
    'certificate.ending.proved': 'Healed and proved',
    'certificate.ending.gone': 'Over',
    'certificate.ending.withdrawn': 'No longer asked for',
    'certificate.open': 'Certificate',
    'certificate.probe.cells': 'The EMR does not hold {columns} for it.',
    'certificate.probe.withheld': 'The EMR withholds something of {type} for it.',
    'certificate.probe.listed': 'The EMR lists {types} and withholds nothing of it.',
    'certificate.probe.role': 'The EMR names the schedule.',
    'certificate.probe.no-role': 'The EMR does not name the schedule.',
    'certificate.probe.bookings':
      '{count, plural, =0 {The EMR lists no booking of it in the window} one {# booking was compared, and is on the portal’s pages} other {# bookings were compared, and all are on the portal’s pages}}.',
    'certificate.probe.bookings-missing':
      '{count, plural, one {# booking was} other {# bookings were}} compared, and {listed} of them are on the portal’s pages.',
    'certificate.probe.reminders':
      'A dry run of today sees every booking of it; {count, plural, one {# reminder} other {# reminders}} due.',
    'certificate.probe.reminders-invisible':
      'A dry run of today does not see {count, plural, one {# booking} other {# bookings}} of it.',
    'certificate.probe.no-rule': 'No reminder rule is enabled; the cells are held.',
    'certificate.probe.would-write': 'Trying it would write into the EMR; the cells are held.',
    'certificate.probe.no-test-booking': 'No test booking is named in the settings; the cells are held.',
    'certificate.probe.test-booking-gone':
      'The EMR does not give the test booking that the settings name; the cells are held.',
    'certificate.probe.test-booking-elsewhere': 'The test booking is on another schedule; the cells are held.',
    'certificate.probe.test-booking-unfit':
      'The test booking is not a booked appointment of a patient that lies ahead; the cells are held.',
    'certificate.probe.confirm-refused': 'The EMR refused the confirmation of the test booking ({status}).',
    'certificate.probe.confirm-not-kept': 'The EMR took the confirmation of the test booking and does not show it.',
    'certificate.probe.confirm-not-undone':
      'The test booking was confirmed, and could not be set back: look at it in the EMR.',
    'certificate.probe.confirm-round-trip': 'The test booking was confirmed in the EMR, read back, and set back.',
    'certificate.probe.too-many': 'Beyond the first {count} probes; the cells are held.',
  },
  {
    'certificate.title': 'Certificat',
    'certificate.of': 'Accès rétabli : {title}',
    'certificate.several': '{count, plural, one {# agenda} other {# agendas}}',
    'certificate.lead':
      'À {site}, cette lacune a été vue pour la première fois le {opened}; elle est comblée depuis le {healed}. {others, plural, =0 {Chaque fonction ci-dessous a été essayée} other {{tried, plural, one {# des {all} fonctions ci-dessous a été essayée} other {# des {all} fonctions ci-dessous ont été essayées}}}} ensuite, auprès du DME et sur les pages mêmes du portail.{others, plural, =0 {} one { Pour l’autre, les cases sont détenues et rien n’a été essayé.} other { Pour les # autres, les cases sont détenues et rien n’a été essayé.}}',
    'certificate.gap': 'Lacune',
    'certificate.issued': 'Délivré',
    'certificate.emr': 'DME',
    'certificate.user': 'Utilisateur d’intégration',
    'certificate.key': 'Signé avec la clé',
    'certificate.cells': 'Cases',
    'certificate.column': 'Colonne',
    'certificate.before': 'Avant',
    'certificate.after': 'Après',
    'certificate.held': 'détenue',
    'certificate.not-held': 'non détenue',
    'certificate.features': 'Fonctions',
    'certificate.feature': 'Fonction',
    'certificate.probe': 'Essai',
    'certificate.not-tried': 'Cases détenues, non essayé',
    'certificate.counts': 'Rendez-vous sur le portail, des jours synchronisés : avant {before}; après {after}.',
    'certificate.shown': '{shown} affichés, {hidden} hors de vue',
    'certificate.evidence': 'Constats',
    'certificate.versions': 'Version des permissions {before}, puis {after}',
    'certificate.run': 'Exécution {runId} ({mode}), terminée le {time}',
    'certificate.result.passed': 'réussi',
    'certificate.result.failed': 'échoué',
    'certificate.result.not-probed': 'non essayé',
    'certificate.save': 'Enregistrer le certificat',
    'certificate.print': 'Imprimer',
    'certificate.verify':
      'Quiconque a le fichier peut le vérifier : tidegate verify ‹le fichier›. Là où cette installation n’est pas, avec --key et ce que donne {keys}, une fois pour toutes.',
    'certificate.back': 'Docteur des accès',
    'certificate.problem.unknown': 'Ce site n’a pas de tel certificat.',
    'certificate.history': 'Lacunes terminées',
    'certificate.history.none': 'Aucune lacune n’a encore pris fin.',
    'certificate.history.when': '{opened} – {closed}',
    'certificate.ending.proved': 'Rétabli et prouvé',
    'certificate.ending.gone': 'Terminée',
    'certificate.ending.withdrawn': 'N’est plus demandé',
    'certificate.open': 'Certificat',
    'certificate.probe.cells': 'Le DME n’y accorde pas : {columns}.',
    'certificate.probe.withheld': 'Le DME retient quelque chose de {type} pour cet agenda.',
    'certificate.probe.listed': 'Le DME énumère {types} et n’en retient rien.',
    'certificate.probe.role': 'Le DME nomme l’agenda.',
    'certificate.probe.no-role': 'Le DME ne nomme pas l’agenda.',
    'certificate.probe.bookings':
      '{count, plural, =0 {Le DME n’énumère aucun rendez-vous dans la période} one {# rendez-vous comparé, présent sur les pages du portail} other {# rendez-vous comparés, tous présents sur les pages du portail}}.',
    'certificate.probe.bookings-missing':
      '{count, plural, one {# rendez-vous comparé} other {# rendez-vous comparés}}, dont {listed} sur les pages du portail.',
    'certificate.probe.reminders':
      'Un essai à blanc d’aujourd’hui voit tous ses rendez-vous; {count, plural, one {# rappel dû} other {# rappels dus}}.',
    'certificate.probe.reminders-invisible':
      'Un essai à blanc d’aujourd’hui ne voit pas {count, plural, one {# rendez-vous} other {# rendez-vous}} de cet agenda.',
    'certificate.probe.no-rule': 'Aucune règle de rappel n’est activée; les cases sont détenues.',
    'certificate.probe.would-write': 'L’essayer écrirait dans le DME; les cases sont détenues.',
    'certificate.probe.no-test-booking':
      'Aucun rendez-vous d’essai n’est nommé dans les réglages; les cases sont détenues.',
    'certificate.probe.test-booking-gone':
      'Le DME ne donne pas le rendez-vous d’essai que nomment les réglages; les cases sont détenues.',
    'certificate.probe.test-booking-elsewhere':
      'Le rendez-vous d’essai est à un autre agenda; les cases sont détenues.',
    'certificate.probe.test-booking-unfit':
      'Le rendez-vous d’essai n’est pas un rendez-vous réservé, à venir, d’un patient; les cases sont détenues.',
    'certificate.probe.confirm-refused': 'Le DME a refusé la confirmation du rendez-vous d’essai ({status}).',
    'certificate.probe.confirm-not-kept':
      'Le DME a accepté la confirmation du rendez-vous d’essai et ne la montre pas.',
    'certificate.probe.confirm-not-undone':
      'Le rendez-vous d’essai a été confirmé et n’a pu être remis comme avant : vérifiez-le dans le DME.',
    'certificate.probe.confirm-round-trip':
      'Le rendez-vous d’essai a été confirmé dans le DME, relu, puis remis comme avant.',
    'certificate.probe.too-many': 'Au-delà des {count} premiers essais; les cases sont détenues.',
  },
);
