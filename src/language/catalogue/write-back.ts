import { bothLanguages } from './both-languages.ts';

// What people of the portal do that the EMR has to hear of, and what became of it: on the portal's pages and in Cloud Connect.
export const writeBackMessages = bothLanguages(
  {
    'write-back.mark-arrived': 'Mark arrived',
    'write-back.mark-confirmed': 'Mark confirmed',
    'write-back.cancel': 'Cancel booking',
    'write-back.actions': 'Actions: {patient}, {time}',
    'write-back.actions.none': 'Nothing can be done with this booking here.',
    'write-back.cancel.title': 'Cancel this booking?',
    'write-back.cancel.ask':
      '{patient}, {time}. The EMR is told at once. A cancelled booking is not brought back: the patient is booked anew.',
    'write-back.cancel.keep': 'Keep the booking',
    'write-back.act.mark-arrived': 'Arrival',
    'write-back.act.mark-confirmed': 'Confirmation',
    'write-back.act.cancel': 'Cancellation',
    'write-back.act.mark-reminded': 'Reminder mark',
    'write-back.act.file-document': 'Filing in the chart',
    'write-back.sent': '{act} sent, waiting for the EMR',
    'write-back.retrying': '{act} sent, the EMR has not answered. We keep trying.',
    'write-back.parked': '{act} waits for permission: {columns}, {office}',
    'write-back.parked.means':
      '{provider}: an EMR administrator grants this in Provider Permissions. It is then sent by itself.',
    'write-back.done.mark-arrived': 'Arrived in the EMR {time}',
    'write-back.done.mark-confirmed': 'Confirmed in the EMR {time}',
    'write-back.done.cancel': 'Cancelled in the EMR {time}',
    'write-back.already.mark-arrived': 'Arrived in the EMR already, seen {time}',
    'write-back.already.mark-confirmed': 'Confirmed in the EMR already, seen {time}',
    'write-back.already.cancel': 'Cancelled in the EMR already, seen {time}',
    'write-back.look.changed': '{act} not done. Changed since: look',
    'write-back.look.deleted': '{act} not done. Deleted in the EMR since: look',
    'write-back.look.not-found': '{act} not done. The EMR no longer shows the booking: look',
    'write-back.look.refused': '{act} not done. The EMR refuses it: look',
    'write-back.look.not-taken': '{act} not done. The EMR did not take it: look',
    'write-back.look.too-late': '{act} not done before the start: look',
    'write-back.task.close': 'I have dealt with it',
    'write-back.failed': 'Not sent: {why}',
    'write-back.problem.not-listed': 'This booking is not listed any more. Reload the page.',
    'write-back.problem.changed': 'This booking has changed since you saw it. Look again, then decide.',
    'write-back.problem.does-not-fit': 'This cannot be done with the booking as it stands. Reload the page.',
    'write-back.problem.under-way':
      'Something else is under way for this booking. Wait until the EMR has answered, or act in the EMR.',
    'write-back.problem.press-used': 'This press was made for something else. Press again.',
    'write-back.problem.task-not-open': 'Somebody has dealt with this already.',
    'write-back.connect': 'Write-backs',
    'write-back.connect.intro':
      'What people of the portal did that has not reached the EMR yet. Nobody is told “confirmed” before the EMR has acknowledged it.',
    'write-back.connect.none': 'Nothing waits: the EMR has acknowledged everything.',
    'write-back.connect.held':
      'The EMR failed again and again. Nothing is sent before {time}; then one write-back tries, and the others follow.',
    'write-back.connect.more': '{count, plural, one {# more is} other {# more are}} not listed here.',
    'write-back.connect.what': 'Act, schedule',
    'write-back.connect.pressed': 'Pressed',
    'write-back.connect.since': 'So since',
    'write-back.connect.tries': 'Tries',
    'write-back.connect.state': 'State',
    'write-back.connect.booking': 'Booking {id}',
    'write-back.connect.by-patient': 'the patient',
    'write-back.connect.next': 'Next try {time}.',
    'write-back.connect.state.parked': 'Waits for permission',
    'write-back.connect.state.task': 'With the staff',
    'write-back.connect.state.retrying': 'Retrying',
    'write-back.connect.state.waiting': 'Being sent',
    'write-back.connect.reason.parked':
      '{columns} {count, plural, one {is} other {are}} not granted for {provider}, {office}. An EMR administrator can change that; it is then sent by itself.',
    'write-back.connect.reason.server-error': 'The EMR answered with an error of its own ({status}).',
    'write-back.connect.reason.truncated': 'The EMR’s answer broke off. The same is asked again, and is done once.',
    'write-back.connect.reason.forbidden':
      'The EMR refused it, and by now the permissions are held. It is asked again.',
    'write-back.connect.reason.changed':
      'The booking was moved or changed in the EMR since. Nothing was overwritten; the clinic’s staff decide.',
    'write-back.connect.reason.deleted': 'The booking was deleted in the EMR. The clinic’s staff decide.',
    'write-back.connect.reason.not-found':
      'The EMR does not show the booking, although the permissions are held. The clinic’s staff look in the EMR.',
    'write-back.connect.reason.refused':
      'The EMR refuses it and does not say which permission lacks. The clinic’s staff do it in the EMR.',
    'write-back.connect.reason.not-taken': 'The EMR did not take it. The clinic’s staff do it in the EMR.',
    'write-back.connect.reason.too-late':
      'It could not be delivered before the booking began. The clinic’s staff decide.',
  },
  {
    'write-back.mark-arrived': 'Marquer l’arrivée',
    'write-back.mark-confirmed': 'Marquer comme confirmé',
    'write-back.cancel': 'Annuler le rendez-vous',
    'write-back.actions': 'Actions : {patient}, {time}',
    'write-back.actions.none': 'Rien ne peut être fait ici pour ce rendez-vous.',
    'write-back.cancel.title': 'Annuler ce rendez-vous?',
    'write-back.cancel.ask':
      '{patient}, {time}. Le DME est avisé aussitôt. Un rendez-vous annulé n’est pas rétabli : il faut en prendre un nouveau.',
    'write-back.cancel.keep': 'Garder le rendez-vous',
    'write-back.act.mark-arrived': 'Arrivée',
    'write-back.act.mark-confirmed': 'Confirmation',
    'write-back.act.cancel': 'Annulation',
    'write-back.act.mark-reminded': 'Mention du rappel',
    'write-back.act.file-document': 'Versement au dossier',
    'write-back.sent': '{act} envoyée, en attente du DME',
    'write-back.retrying': '{act} envoyée, le DME n’a pas répondu. Nous continuons d’essayer.',
    'write-back.parked': '{act} en attente d’une permission : {columns}, {office}',
    'write-back.parked.means':
      '{provider} : un administrateur du DME l’accorde dans les permissions par clinicien. L’envoi se fait alors de lui-même.',
    'write-back.done.mark-arrived': 'Arrivée inscrite au DME ({time})',
    'write-back.done.mark-confirmed': 'Confirmé au DME ({time})',
    'write-back.done.cancel': 'Annulé au DME ({time})',
    'write-back.already.mark-arrived': 'Arrivée déjà inscrite au DME, vue ({time})',
    'write-back.already.mark-confirmed': 'Déjà confirmé au DME, vu ({time})',
    'write-back.already.cancel': 'Déjà annulé au DME, vu ({time})',
    'write-back.look.changed': '{act} non faite. Modifié depuis : à vérifier',
    'write-back.look.deleted': '{act} non faite. Supprimé du DME depuis : à vérifier',
    'write-back.look.not-found': '{act} non faite. Le DME n’affiche plus le rendez-vous : à vérifier',
    'write-back.look.refused': '{act} non faite. Le DME la refuse : à vérifier',
    'write-back.look.not-taken': '{act} non faite. Le DME ne l’a pas acceptée : à vérifier',
    'write-back.look.too-late': '{act} non faite avant le début : à vérifier',
    'write-back.task.close': 'Je m’en suis occupé',
    'write-back.failed': 'Non envoyé : {why}',
    'write-back.problem.not-listed': 'Ce rendez-vous n’est plus affiché. Rechargez la page.',
    'write-back.problem.changed':
      'Ce rendez-vous a changé depuis que vous l’avez vu. Regardez de nouveau, puis décidez.',
    'write-back.problem.does-not-fit': 'L’état de ce rendez-vous ne le permet pas. Rechargez la page.',
    'write-back.problem.under-way':
      'Autre chose est en cours pour ce rendez-vous. Attendez la réponse du DME, ou agissez dans le DME.',
    'write-back.problem.press-used': 'Cette action servait à autre chose. Appuyez de nouveau.',
    'write-back.problem.task-not-open': 'Quelqu’un s’en est déjà occupé.',
    'write-back.connect': 'Envois au DME',
    'write-back.connect.intro':
      'Ce que le personnel a fait dans le portail et qui n’est pas encore parvenu au DME. Rien n’est dit « confirmé » avant que le DME en ait accusé réception.',
    'write-back.connect.none': 'Rien n’attend : le DME a accusé réception de tout.',
    'write-back.connect.held':
      'Le DME a échoué à plusieurs reprises. Rien n’est envoyé avant {time}; ensuite un seul envoi essaie, et les autres suivent.',
    'write-back.connect.more':
      '{count, plural, one {# autre n’est pas affiché} other {# autres ne sont pas affichés}} ici.',
    'write-back.connect.what': 'Action, agenda',
    'write-back.connect.pressed': 'Demandé',
    'write-back.connect.since': 'Depuis',
    'write-back.connect.tries': 'Essais',
    'write-back.connect.state': 'État',
    'write-back.connect.booking': 'Rendez-vous {id}',
    'write-back.connect.by-patient': 'le patient',
    'write-back.connect.next': 'Prochain essai : {time}.',
    'write-back.connect.state.parked': 'En attente d’une permission',
    'write-back.connect.state.task': 'Confié au personnel',
    'write-back.connect.state.retrying': 'Nouvel essai prévu',
    'write-back.connect.state.waiting': 'Envoi en cours',
    'write-back.connect.reason.parked':
      '{columns} : {count, plural, one {non accordé} other {non accordés}} pour {provider}, {office}. Un administrateur du DME peut y changer quelque chose; l’envoi se fait alors de lui-même.',
    'write-back.connect.reason.server-error': 'Le DME a répondu par une erreur interne ({status}).',
    'write-back.connect.reason.truncated':
      'La réponse du DME s’est interrompue. La même demande est refaite et ne compte qu’une fois.',
    'write-back.connect.reason.forbidden':
      'Le DME a refusé, et les permissions sont accordées maintenant. La demande est refaite.',
    'write-back.connect.reason.changed':
      'Le rendez-vous a été déplacé ou modifié dans le DME depuis. Rien n’a été écrasé; le personnel de la clinique décide.',
    'write-back.connect.reason.deleted': 'Le rendez-vous a été supprimé du DME. Le personnel de la clinique décide.',
    'write-back.connect.reason.not-found':
      'Le DME n’affiche pas le rendez-vous, bien que les permissions soient accordées. Le personnel de la clinique vérifie dans le DME.',
    'write-back.connect.reason.refused':
      'Le DME refuse sans dire quelle permission manque. Le personnel de la clinique le fait dans le DME.',
    'write-back.connect.reason.not-taken':
      'Le DME ne l’a pas accepté. Le personnel de la clinique le fait dans le DME.',
    'write-back.connect.reason.too-late':
      'L’envoi n’a pas pu se faire avant le début du rendez-vous. Le personnel de la clinique décide.',
  },
);
