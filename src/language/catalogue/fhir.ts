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
    'fhir.export-async':
      'Une exportation reçoit seulement une réponse asynchrone. Envoyez l’en-tête Prefer: respond-async.',
    'fhir.suppressed':
      'Cette réponse est restreinte par Provider Permissions : les bureaux, fournisseurs et colonnes énumérés ont été demandés et ne sont pas accordés. Une absence ne prouve rien.',
  },
);
