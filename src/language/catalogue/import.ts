import { bothLanguages } from './both-languages.ts';

// What an import says about the files that it read.
export const importMessages = bothLanguages(
  {
    'import.problem.no-such-file': 'There is no file or folder {file}, or it may not be read.',
    'import.problem.running':
      'Another import of this clinic is running. Wait until it has ended, then start this one again.',
    'import.problem.demo-half-made':
      'The demo clinic is half made: its first start was stopped. Remove {directory} (or empty both databases) and start again.',
    'import.read': '{files, plural, one {# file} other {# files}}, {megabytes, number} MB, {seconds, number} s',
    'import.type':
      '{type}: {read, number} read, {created, number} new, {updated, number} changed, {unchanged, number} as they were',
    'import.unusable': '{count, number} not used: {reason}',
    'import.schedules-made':
      '{count, plural, one {# provider schedule was} other {# provider schedules were}} made because a booking uses it and no Schedule or PractitionerRole names it.',
    'import.zones-assumed':
      '{count, plural, one {# office names} other {# offices name}} no time zone; the default was taken. Check it before anybody books there.',
    'import.not-attached':
      '{count, plural, one {# patient is} other {# patients are}} attached to nobody: their general practitioner is not here, or works in several offices.',
    'import.broken': 'Not readable: {file}, line {line}: {reason}',
    'import.broken-more': 'and {count, plural, one {# more place} other {# more places}} that cannot be read.',
    'import.broken.not-json': 'it is not JSON',
    'import.broken.not-fhir': 'it is JSON, and no FHIR resource',
    'import.broken.too-large': 'it is larger than 256 MB; write it as NDJSON, one resource a line, which has no limit',
    'import.broken.cut-off': 'the compressed file is damaged or breaks off here',
    'import.reason.no-id': 'they have no id',
    'import.reason.id-not-fhir':
      'their id is none that FHIR allows; give them one of 1 to 64 letters, digits, hyphens and dots',
    'import.reason.no-name': 'they have no name',
    'import.reason.no-practitioner': 'they name no practitioner',
    'import.reason.no-location': 'they name no location',
    'import.reason.no-time': 'they have no start and end with a time zone, or end before they start',
    'import.reason.no-office': 'they name no office, and their provider has none or several',
    'import.reason.status-unknown': 'FHIR has no such status',
    'import.reason.zone-unknown': 'there is no such time zone',
    'import.reason.practitioner-unknown': 'the practitioner that they name is not here',
    'import.reason.office-unknown': 'the office that they name is not here',
    'import.reason.patient-unknown': 'the patient whom they name is not here',
    'import.reason.no-patient': 'they name no patient',
    'import.reason.no-value': 'they have no value that can be kept',
    'import.reason.no-report': 'no report that is here lists them',
    'import.reason.no-account': 'the account that they name is not here, or they name none',
    'import.reason.no-content': 'their content is neither in the files nor here',
    'import.reason.content-unusable':
      'their content is no PDF, JPEG, PNG or text (UTF-8), is larger than 20 MB, or is not what it says it is',
    'import.reason.content-of-another': 'their content is that of another document',
    'import.reason.amount-unusable': 'their amount cannot be used, or more was paid than is billed',
    'import.reason.not-referred-to': 'no document that was taken refers to them',
    'import.reason.given-more-than-once': 'they are there more than once; the latest counted',
    'import.reason.id-of-another-schedule': 'their id is that of another provider schedule',
    'import.reason.has-its-appointment': 'the visit is an appointment that is here already',
    'import.reason.not-a-past-visit': 'they are not finished visits of the past',
    'import.reason.encounters-not-asked-for': 'visits are taken with --encounters only',
    'import.reason.clinic-is-set-up': 'the clinic is named when it is set up, not by a file',
    'import.reason.type-not-imported': 'resources of this type are not taken',
  },
  {
    'import.problem.no-such-file': 'Il n’y a pas de fichier ni de dossier {file}, ou sa lecture n’est pas permise.',
    'import.problem.running':
      'Une autre importation de cette clinique est en cours. Attendez qu’elle soit terminée, puis relancez celle-ci.',
    'import.problem.demo-half-made':
      'La clinique de démonstration est incomplète : son premier démarrage a été interrompu. Supprimez {directory} (ou videz les deux bases de données) et redémarrez.',
    'import.read': '{files, plural, one {# fichier} other {# fichiers}}, {megabytes, number} Mo, {seconds, number} s',
    'import.type':
      '{type} : {read, number} lus, {created, number} nouveaux, {updated, number} modifiés, {unchanged, number} inchangés',
    'import.unusable': '{count, number} non utilisés : {reason}',
    'import.schedules-made':
      '{count, plural, one {# horaire de clinicien créé} other {# horaires de clinicien créés}} parce qu’un rendez-vous l’utilise sans qu’aucun Schedule ni PractitionerRole ne le nomme.',
    'import.zones-assumed':
      '{count, plural, one {# bureau n’indique} other {# bureaux n’indiquent}} pas de fuseau horaire; le fuseau par défaut a été retenu. Vérifiez-le avant toute prise de rendez-vous.',
    'import.not-attached':
      '{count, plural, one {# patient n’est rattaché} other {# patients ne sont rattachés}} à personne : leur médecin de famille n’est pas ici ou travaille dans plusieurs bureaux.',
    'import.broken': 'Illisible : {file}, ligne {line} : {reason}',
    'import.broken-more': 'et {count, plural, one {# autre endroit illisible} other {# autres endroits illisibles}}.',
    'import.broken.not-json': 'ce n’est pas du JSON',
    'import.broken.not-fhir': 'c’est du JSON, mais pas une ressource FHIR',
    'import.broken.too-large': 'dépasse 256 Mo; écrivez-le en NDJSON, une ressource par ligne, qui n’a pas de limite',
    'import.broken.cut-off': 'le fichier compressé est endommagé ou s’interrompt ici',
    'import.reason.no-id': 'sans identifiant',
    'import.reason.id-not-fhir':
      'leur identifiant n’est pas permis par FHIR; donnez-leur de 1 à 64 lettres, chiffres, traits d’union et points',
    'import.reason.no-name': 'sans nom',
    'import.reason.no-practitioner': 'aucun clinicien n’y est nommé',
    'import.reason.no-location': 'aucun lieu n’y est nommé',
    'import.reason.no-time': 'sans début ni fin avec fuseau horaire, ou la fin précède le début',
    'import.reason.no-office': 'aucun bureau n’y est nommé, et leur clinicien n’en a aucun ou en a plusieurs',
    'import.reason.status-unknown': 'FHIR ne connaît pas ce statut',
    'import.reason.zone-unknown': 'ce fuseau horaire n’existe pas',
    'import.reason.practitioner-unknown': 'le clinicien nommé n’est pas ici',
    'import.reason.office-unknown': 'le bureau nommé n’est pas ici',
    'import.reason.patient-unknown': 'le patient nommé n’est pas ici',
    'import.reason.no-patient': 'aucun patient n’y est nommé',
    'import.reason.no-value': 'sans valeur à conserver',
    'import.reason.no-report': 'aucun rapport présent ici ne les énumère',
    'import.reason.no-account': 'le compte nommé n’est pas ici, ou aucun n’y est nommé',
    'import.reason.no-content': 'leur contenu n’est ni dans les fichiers ni ici',
    'import.reason.content-unusable':
      'leur contenu n’est ni PDF, ni JPEG, ni PNG, ni texte (UTF-8), dépasse 20 Mo, ou n’est pas ce qu’il prétend être',
    'import.reason.content-of-another': 'leur contenu est celui d’un autre document',
    'import.reason.amount-unusable': 'leur montant est inutilisable, ou le paiement dépasse la facture',
    'import.reason.not-referred-to': 'aucun document retenu n’y fait référence',
    'import.reason.given-more-than-once': 'présents plus d’une fois; le plus récent a été retenu',
    'import.reason.id-of-another-schedule': 'leur identifiant est celui d’un autre horaire de clinicien',
    'import.reason.has-its-appointment': 'la visite est un rendez-vous qui est déjà ici',
    'import.reason.not-a-past-visit': 'ce ne sont pas des visites passées et terminées',
    'import.reason.encounters-not-asked-for': 'les visites ne sont prises qu’avec --encounters',
    'import.reason.clinic-is-set-up': 'la clinique est nommée à sa création, pas par un fichier',
    'import.reason.type-not-imported': 'les ressources de ce type ne sont pas prises',
  },
);
