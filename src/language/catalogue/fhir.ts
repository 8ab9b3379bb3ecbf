import { bothLanguages } from './both-languages.ts';

// Sentences of the EMR's FHIR interface. Programs read the codes beside them; people read these in a log or a support case.
export const fhirMessages = bothLanguages(
  {
    'fhir.token': 'The access token is missing, has expired or was withdrawn. Ask for a new one.',
    'fhir.type-not-supported': 'This server does not know the resource type {type}.',
    'fhir.parameter-not-supported':
      'The parameter {parameter} is not supported here, so nothing was read. A filter that is passed over would answer with more than you asked for.',
    'fhir.parameter-value': 'The value of the parameter {parameter} cannot be used. Nothing was read.',
    'fhir.coverage-of-service-user':
      'Only an integration user may ask for its permission coverage, and only for its own.',
    'fhir.element':
      'The resource cannot be taken as it is: the element that is named is missing, has a value that cannot be used, or is not kept here. Nothing was changed.',
    'fhir.resource-expected': 'A resource of the type {type} was expected. Nothing was changed.',
    'fhir.id-differs': 'The id in the resource is not the one in the address. Nothing was changed.',
    'fhir.write-not-supported': 'This server does not take this kind of change of {type}. Nothing was changed.',
    'fhir.several-match': 'More than one resource matches the condition, so none was chosen. Nothing was changed.',
    'fhir.patch': 'The patch cannot be applied to the resource as it is now. Nothing was changed.',
    'fhir.changed-meanwhile': 'The resource was changed while the patch was applied. Nothing was changed. Try again.',
    'fhir.key-reused':
      'This Idempotency-Key was used for another request. Nothing was changed. Use a new key for a new request.',
    'fhir.key-value': 'An Idempotency-Key has from 1 to 200 visible characters. Nothing was changed.',
    'fhir.too-much':
      'The answer would hold more than {maximum, number} resources at once, and a part of them would look like all. Ask for less at a time.',
    'fhir.read-in-transaction':
      'A transaction takes writes alone. Nothing was changed. Read in a batch, or in requests of their own.',
    'fhir.key-in-batch':
      'The requests of a batch stand alone, so one Idempotency-Key cannot speak for them. Send a transaction, or single requests.',
    'fhir.too-many':
      'This client makes more requests than it may. {seconds, plural, one {Wait # second} other {Wait # seconds}}, then go on.',
    'fhir.too-many-subscriptions':
      'This user has {maximum, number} subscriptions that are not off, and no more are taken. Nothing was changed. Delete those that nobody listens to.',
    'fhir.no-history': 'Versions of {type} are not kept here. Ask for the resources themselves.',
    'fhir.written': '{type}/{id} is written as version {version}.',
    'fhir.deleted': 'The resource is deleted.',
    'fhir.scope': 'The access token was not given the scope for this: {scope}. Ask for a token with it.',
    'fhir.export-async': 'An export is answered asynchronously only. Send the header Prefer: respond-async.',
    'fhir.suppressed':
      'This answer is narrowed by Provider Permissions: the listed offices, providers and columns were asked for and are not held. Absence in it proves nothing.',
  },
  {
    'fhir.token': 'Le jeton d’accès manque, est expiré ou a été retiré. Demandez-en un nouveau.',
    'fhir.type-not-supported': 'Ce serveur ne connaît pas le type de ressource {type}.',
    'fhir.parameter-not-supported':
      'Le paramètre {parameter} n’est pas pris en charge ici; rien n’a été lu. Un filtre ignoré donnerait plus que ce que vous avez demandé.',
    'fhir.parameter-value': 'La valeur du paramètre {parameter} est inutilisable. Rien n’a été lu.',
    'fhir.coverage-of-service-user':
      'Seul un utilisateur d’intégration peut demander l’étendue de ses autorisations, et seulement des siennes.',
    'fhir.element':
      'La ressource ne peut pas être prise telle quelle : l’élément nommé manque, a une valeur inutilisable ou n’est pas conservé ici. Rien n’a été modifié.',
    'fhir.resource-expected': 'Une ressource du type {type} était attendue. Rien n’a été modifié.',
    'fhir.id-differs': 'L’identifiant de la ressource n’est pas celui de l’adresse. Rien n’a été modifié.',
    'fhir.write-not-supported': 'Ce serveur n’accepte pas ce genre de modification de {type}. Rien n’a été modifié.',
    'fhir.several-match':
      'Plus d’une ressource répond à la condition; aucune n’a donc été choisie. Rien n’a été modifié.',
    'fhir.patch': 'La modification partielle ne s’applique pas à la ressource telle qu’elle est. Rien n’a été modifié.',
    'fhir.changed-meanwhile':
      'La ressource a été modifiée entre-temps. Rien n’a été modifié par cette demande. Réessayez.',
    'fhir.key-reused':
      'Cette Idempotency-Key a servi à une autre demande. Rien n’a été modifié. Utilisez une nouvelle clé pour une nouvelle demande.',
    'fhir.key-value': 'Une Idempotency-Key compte de 1 à 200 caractères visibles. Rien n’a été modifié.',
    'fhir.read-in-transaction':
      'Une transaction n’accepte que des écritures. Rien n’a été modifié. Lisez dans un lot, ou par des demandes séparées.',
    'fhir.key-in-batch':
      'Les demandes d’un lot sont indépendantes; une seule Idempotency-Key ne peut pas valoir pour toutes. Envoyez une transaction ou des demandes séparées.',
    'fhir.too-much':
      'La réponse contiendrait plus de {maximum, number} ressources à la fois, et une partie passerait pour le tout. Demandez-en moins à la fois.',
    'fhir.too-many':
      'Ce client envoie plus de demandes qu’il ne peut. {seconds, plural, one {Attendez # seconde} other {Attendez # secondes}}, puis continuez.',
    'fhir.too-many-subscriptions':
      'Cet utilisateur a {maximum, number} abonnements qui ne sont pas désactivés; aucun autre n’est accepté. Rien n’a été modifié. Supprimez ceux que personne n’écoute.',
    'fhir.no-history': 'Les versions de {type} ne sont pas conservées ici. Demandez les ressources elles-mêmes.',
    'fhir.written': '{type}/{id} est enregistré comme version {version}.',
    'fhir.deleted': 'La ressource est supprimée.',
    'fhir.scope': 'Le jeton d’accès n’a pas la portée voulue : {scope}. Demandez-en un qui l’a.',
    'fhir.export-async':
      'Une exportation reçoit seulement une réponse asynchrone. Envoyez l’en-tête Prefer: respond-async.',
    'fhir.suppressed':
      'Cette réponse est restreinte par Provider Permissions : les bureaux, cliniciens et colonnes énumérés ont été demandés et ne sont pas accordés. Une absence ne prouve rien.',
  },
);
