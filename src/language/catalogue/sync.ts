import { bothLanguages } from './both-languages.ts';

// What a run says of itself: why it stopped, and what each schedule lacks. The server puts these into the reader's language.
export const syncMessages = bothLanguages(
  {
    'sync.emr.unreachable': 'The EMR at {host} cannot be reached. Check the EMR base URL, and that the EMR is running.',
    'sync.emr.server-error':
      'The EMR answered with an error of its own ({status}), again and again. The next run tries again.',
    'sync.emr.asks-to-wait':
      'The EMR answered that it cannot serve us at present ({status}), and asked to be left alone for {minutes, plural, one {# minute} other {# minutes}}. Runs that nobody asks for wait for that.',
    'sync.emr.no-discovery':
      'Under this base URL there is no FHIR server that says where its tokens are given ({status}). Check the EMR base URL.',
    'sync.emr.token-refused':
      'The EMR did not accept our client id and secret ({status}). An EMR administrator can issue a new secret; enter it under Edit Settings.',
    'sync.emr.token-not-accepted':
      'The EMR answered 401 to a fresh token: the client was revoked or its user deactivated. Ask an EMR administrator.',
    'sync.emr.forbidden': 'The EMR refuses this to our integration user. Ask an EMR administrator.',
    'sync.emr.unexpected': 'The EMR gave an answer that we cannot use ({status}).',
    'sync.emr.not-fhir': 'What the EMR sent is not readable as FHIR.',
    'sync.emr.elsewhere':
      'The EMR at {base} links to {host}. Our token goes to no other server: check the EMR base URL, or the address that the EMR gives itself.',
    'sync.emr.another-tenant':
      'The EMR answers for another clinic than before: not for clinic {before}. Nothing was changed. If this is meant, enter the client secret again under Edit Settings.',
    'sync.emr.no-coverage':
      'This server does not say what our integration user may see ($permission-coverage). Without that, absence cannot be told from a missing permission, so nothing was read.',
    'sync.emr.export-endless':
      'The EMR had not finished its export after {minutes, plural, one {# minute} other {# minutes}}.',
    'sync.emr.key-unusable': 'The private key of this connection cannot be read. Enter it again under Edit Settings.',
    'sync.emr.truncated': 'A file from the EMR broke off before its end. Nothing of it was used.',
    'sync.emr.endless': 'The EMR’s pages lead back to one that was read already, so they have no end.',
    'sync.slices-failed':
      '{count, plural, one {One schedule} other {# schedules}} could not be read and {count, plural, one {stays as it was} other {stay as they were}}. The others were read. Under Schedules stands why.',
    'sync.none-read': 'None of the {count} schedules could be read. Under Schedules stands why.',
    'sync.reason.failed': 'Not read by the last run, and as it was before: {reason}',
    'sync.reason.unusable':
      '{count, plural, one {One booking} other {# bookings}} came in a form that cannot be used ({ids}). What was known of {count, plural, one {it} other {them}} stays as it was.',
    'sync.reason.nameless':
      'A booking came without an id that can be read. It may be any of them, so nothing was taken for absent.',
    'sync.reason.short':
      'The EMR announced {said, number} bookings and gave {came, number}. Nothing was taken for absent.',
    'sync.reason.unsteady':
      'The EMR’s list lost bookings each time it was read, so some may be missing. Nothing was taken for absent.',
    'sync.certainty.evidence':
      'This EMR does not say what our integration user may see. What it lists is shown; what it does not list may be gone or withheld, and nobody can tell which.',
    'sync.reason.by-evidence': 'As the EMR lists it. Whether it lists all of it to us, it does not say.',
    'sync.reason.silent':
      'The EMR no longer gives {count, plural, one {one booking} other {# bookings}} that it had given. Asked for singly, it answered “not found” {unknown, plural, one {once} other {# times}} and “forbidden” {refused, plural, one {once} other {# times}}. They stay, with a mark, until a person knows more.',
    'sync.nothing-selected':
      'No provider is selected in Sync Appointments for Provider(s), so there is nothing to show.',
    'sync.permissions-moving':
      'The permissions changed while we read, three times over. Nothing was removed; run Sync Full Schedule again.',
    'sync.settings-moving':
      'The settings were changed while we read, three times over. Nothing was changed; run it again.',
    'sync.unusable':
      '{count, plural, one {One resource} other {# resources}} from the EMR could not be used ({ids}). The rest was. Report the ids to the EMR’s vendor.',
    'sync.provider-gone':
      '{count, plural, one {A selected provider is} other {# selected providers are}} no longer listed by the EMR. Look at Sync Appointments for Provider(s).',
    'sync.gave-up': 'Several attempts at this run ended without a result. Quote {id} when you ask for support.',
    'sync.reason.moving':
      'Permissions changed while this was read, so nothing of it was changed. Run Sync Full Schedule.',
    'sync.reason.patients':
      'Patient was granted since the last full run. Sync Full Schedule shows these patients again.',
    'sync.reason.vanished': 'The EMR no longer lists this schedule.',
    'sync.problem.no-connection': 'There is no connection to an EMR yet. Make one under Edit Settings.',
    'sync.problem.already-running': 'Such a run is going already. A second one would read the same.',
    'sync.problem.already-queued': 'Such a run waits already and starts next.',
    'sync.problem.no-slice': 'Of this provider in this office nothing is known yet. Run Sync Full Schedule.',
    'sync.problem.no-run': 'There is no such run of this site.',
    'sync.problem.decided':
      'Another run has ended since then. Look at what it says: there may be nothing to decide any more.',
    'sync.problem.none-unconfirmed': 'None of these bookings is unconfirmed any more. Look again.',
    'sync.emr.no-tls':
      'No safe line to {host}: its certificate or its TLS is not one that we accept ({code}). Whoever runs the EMR renews the certificate, or the base URL has to name the host that it was made for.',
    'sync.announcement.not-signed':
      'This announcement is not signed by the EMR, or not of the last minutes. It begins nothing.',
    'sync.announcement.replay': 'This announcement was here before. It begins nothing.',
    'sync.announcement.refused':
      'The EMR does not announce its changes to us ({status}). They are found when the next run is due.',
    'sync.restored':
      'The EMR no longer has the last changes that it had shown us: it was restored from a backup. All of it was read again; look at what is unconfirmed.',
    'sync.reason.not-selected': 'Not selected in Sync Appointments for Provider(s).',
    'sync.reason.no-membership': 'The integration user does not belong to this office in the EMR.',
    'sync.reason.lapsed': 'Access Until passed on {day}: nothing of this row holds since.',
    'sync.reason.missing': '{columns} {count, plural, one {is} other {are}} not granted in the EMR.',
    'sync.reason.needs-full':
      'Granted or selected since the last full run: its bookings lie behind the last change read. Run Sync Full Schedule.',
    'sync.reason.waiting': 'Many bookings are absent without a reason. None was changed; somebody has to look.',
  },
  {
    'sync.emr.unreachable': 'Le DME à {host} est injoignable. Vérifiez l’URL de base du DME et que le DME fonctionne.',
    'sync.emr.server-error':
      'Le DME a répondu par une erreur interne ({status}), à plusieurs reprises. La prochaine exécution réessaiera.',
    'sync.emr.asks-to-wait':
      'Le DME a répondu qu’il ne peut pas nous servir pour l’instant ({status}) et demande qu’on le laisse tranquille pendant {minutes, plural, one {# minute} other {# minutes}}. Les exécutions que personne ne demande attendent jusque-là.',
    'sync.emr.no-discovery':
      'Sous cette URL de base, aucun serveur FHIR n’indique où obtenir ses jetons ({status}). Vérifiez l’URL de base du DME.',
    'sync.emr.token-refused':
      'Le DME n’a pas accepté notre identifiant client et son secret ({status}). Un administrateur du DME peut émettre un nouveau secret; saisissez-le dans les paramètres.',
    'sync.emr.token-not-accepted':
      'Le DME a répondu 401 à un jeton tout neuf : le client a été révoqué ou son utilisateur désactivé. Adressez-vous à un administrateur du DME.',
    'sync.emr.forbidden':
      'Le DME refuse ceci à notre utilisateur d’intégration. Adressez-vous à un administrateur du DME.',
    'sync.emr.unexpected': 'Le DME a donné une réponse inutilisable ({status}).',
    'sync.emr.not-fhir': 'Ce que le DME a envoyé n’est pas lisible comme FHIR.',
    'sync.emr.elsewhere':
      'Le DME à {base} renvoie vers {host}. Notre jeton ne va à aucun autre serveur : vérifiez l’URL de base du DME, ou l’adresse qu’il se donne.',
    'sync.emr.another-tenant':
      'Le DME répond pour une autre clinique qu’auparavant, et non pour la clinique {before}. Rien n’a été changé. Si c’est voulu, saisissez de nouveau le secret dans les paramètres.',
    'sync.emr.no-coverage':
      'Ce serveur ne dit pas ce que notre utilisateur d’intégration peut voir ($permission-coverage). Sans cela, une absence ne se distingue pas d’une permission manquante; rien n’a été lu.',
    'sync.emr.export-endless':
      'Le DME n’avait pas terminé son exportation après {minutes, plural, one {# minute} other {# minutes}}.',
    'sync.emr.key-unusable':
      'La clé privée de cette connexion est illisible. Saisissez-la de nouveau dans les paramètres.',
    'sync.emr.truncated': 'Un fichier du DME s’est interrompu avant la fin. Rien n’en a été utilisé.',
    'sync.emr.endless': 'Les pages du DME ramènent à une page déjà lue; elles n’ont donc pas de fin.',
    'sync.slices-failed':
      '{count, plural, one {Un agenda n’a pas pu être lu et reste tel quel} other {# agendas n’ont pas pu être lus et restent tels quels}}. Les autres ont été lus. La raison figure sous Agendas.',
    'sync.none-read': 'Aucun des {count} agendas n’a pu être lu. La raison figure sous Agendas.',
    'sync.reason.failed': 'Non lu par la dernière exécution, inchangé depuis : {reason}',
    'sync.reason.unusable':
      '{count, plural, one {Un rendez-vous est arrivé sous une forme inutilisable} other {# rendez-vous sont arrivés sous une forme inutilisable}} ({ids}). Ce que l’on en savait reste tel quel.',
    'sync.reason.nameless':
      'Un rendez-vous est arrivé sans identifiant lisible. Ce peut être n’importe lequel; rien n’a donc été tenu pour absent.',
    'sync.reason.short':
      'Le DME a annoncé {said, number} rendez-vous et en a donné {came, number}. Rien n’a été tenu pour absent.',
    'sync.reason.unsteady':
      'La liste du DME a perdu des rendez-vous à chaque lecture; il peut donc en manquer. Rien n’a été tenu pour absent.',
    'sync.certainty.evidence':
      'Ce DME ne dit pas ce que notre utilisateur d’intégration peut voir. Ce qu’il énumère est affiché; ce qu’il n’énumère pas peut avoir disparu ou être retenu, et personne ne peut dire lequel des deux.',
    'sync.reason.by-evidence': 'Tel que le DME l’énumère. S’il nous l’énumère en entier, il ne le dit pas.',
    'sync.reason.silent':
      'Le DME ne donne plus {count, plural, one {un rendez-vous qu’il avait donné} other {# rendez-vous qu’il avait donnés}}. Interrogé un par un, il a répondu « introuvable » {unknown, plural, one {# fois} other {# fois}} et « interdit » {refused, plural, one {# fois} other {# fois}}. Ils restent affichés, avec une marque, jusqu’à ce que quelqu’un en sache plus.',
    'sync.nothing-selected': 'Aucun clinicien n’est sélectionné; il n’y a donc rien à afficher.',
    'sync.permissions-moving':
      'Les autorisations ont changé pendant la lecture, trois fois de suite. Rien n’a été retiré; relancez la synchronisation de l’agenda complet.',
    'sync.settings-moving':
      'Les paramètres ont été modifiés pendant la lecture, trois fois de suite. Rien n’a été changé; relancez la synchronisation.',
    'sync.unusable':
      '{count, plural, one {Une ressource} other {# ressources}} du DME {count, plural, one {est inutilisable} other {sont inutilisables}} ({ids}). Le reste a été pris. Signalez ces identifiants au fournisseur du DME.',
    'sync.provider-gone':
      '{count, plural, one {Un clinicien sélectionné ne figure} other {# cliniciens sélectionnés ne figurent}} plus dans le DME. Vérifiez la sélection des cliniciens.',
    'sync.gave-up':
      'Plusieurs essais de ce passage n’ont donné aucun résultat. Mentionnez {id} si vous demandez de l’aide.',
    'sync.reason.moving':
      'Les permissions ont changé pendant la lecture; rien n’a été modifié ici. Lancez la synchronisation de l’agenda complet.',
    'sync.reason.patients':
      'Patient a été accordé depuis le dernier passage complet. La synchronisation de l’agenda complet affichera de nouveau ces patients.',
    'sync.reason.vanished': 'Le DME ne mentionne plus cet agenda.',
    'sync.problem.no-connection': 'Il n’y a pas encore de connexion à un DME. Créez-la dans les paramètres.',
    'sync.problem.already-running': 'Une telle exécution est déjà en cours. Une seconde lirait la même chose.',
    'sync.problem.already-queued': 'Une telle exécution attend déjà et sera la prochaine.',
    'sync.problem.no-slice':
      'On ne sait encore rien de ce clinicien dans ce bureau. Lancez la synchronisation de l’agenda complet.',
    'sync.problem.no-run': 'Ce site n’a pas une telle exécution.',
    'sync.problem.decided':
      'Une autre exécution s’est terminée depuis. Voyez ce qu’elle dit : il n’y a peut-être plus rien à décider.',
    'sync.problem.none-unconfirmed': 'Aucun de ces rendez-vous n’est encore non confirmé. Regardez de nouveau.',
    'sync.emr.no-tls':
      'Pas de liaison sûre avec {host} : son certificat ou son TLS n’est pas de ceux que nous acceptons ({code}). Le responsable du DME renouvelle le certificat, ou l’URL de base doit nommer l’hôte pour lequel il a été fait.',
    'sync.announcement.not-signed':
      'Cette annonce n’est pas signée par le DME, ou ne date pas des dernières minutes. Elle ne déclenche rien.',
    'sync.announcement.replay': 'Cette annonce a déjà été reçue. Elle ne déclenche rien.',
    'sync.announcement.refused':
      'Le DME ne nous annonce pas ses changements ({status}). Ils sont trouvés à la prochaine exécution prévue.',
    'sync.restored':
      'Le DME n’a plus les derniers changements qu’il nous avait montrés : il a été restauré à partir d’une sauvegarde. Tout a été relu; vérifiez ce qui n’est pas confirmé.',
    'sync.reason.not-selected': 'Non sélectionné pour la synchronisation.',
    'sync.reason.no-membership': 'L’utilisateur d’intégration ne fait pas partie de ce bureau dans le DME.',
    'sync.reason.lapsed': 'L’accès a pris fin le {day} : plus rien de cette ligne n’est en vigueur depuis.',
    'sync.reason.missing': '{columns} : {count, plural, one {non accordé} other {non accordés}} dans le DME.',
    'sync.reason.needs-full':
      'Accordé ou sélectionné depuis la dernière exécution complète : ses rendez-vous précèdent le dernier changement lu. Lancez la synchronisation de l’agenda complet.',
    'sync.reason.waiting':
      'Beaucoup de rendez-vous manquent sans raison. Aucun n’a été modifié; quelqu’un doit vérifier.',
  },
);
