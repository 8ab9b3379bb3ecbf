import { bothLanguages } from './both-languages.ts';

// Sentences about the chart: documents, notes, results, bills, Save for Ocean.
export const chartMessages = bothLanguages(
  {
    'chart.problem.no-such-patient': 'There is no such patient, or you may not see them. Nothing was recorded.',
    'chart.problem.not-what-it-says':
      'The file is not what it says it is: its content is not {type}. Nothing was kept. Save it in that format, or choose another file.',
    'chart.problem.empty-file': 'The file is empty. Nothing was kept. Choose another file.',
    'chart.problem.file-type': 'Only PDF, JPEG, PNG and plain text (UTF-8) can be kept in the chart. Nothing was kept.',
    'chart.problem.no-such-upload':
      'The uploaded file is no longer there: it was filed already, was sent for another schedule, or has waited for more than an hour. Send it again.',
    'chart.problem.withdrawn-already': 'This entry is marked as entered in error already.',
    'chart.problem.more-than-owed': 'That is more than is owed on this charge. Nothing was recorded.',
    'chart.problem.not-owed': 'Nothing can be paid on this charge: it is not billed. Nothing was recorded.',
    'chart.problem.no-integration':
      'This clinic has no integration user, so nobody can fetch what is saved. An EMR administrator can add one in Manage Security.',
    'chart.problem.cannot-save':
      'Some of what was picked is not in this chart, is marked as entered in error, or may not be seen by you. Nothing was saved.',
    'chart.ocean.fetched':
      'What was saved for this patient was handed over already. It is handed over once; save it again in the EMR.',
    'chart.ocean.expired': 'What was saved for this patient has expired after one hour. Save it again in the EMR.',
  },
  {
    'chart.problem.no-such-patient': 'Ce patient n’existe pas, ou vous n’y avez pas accès. Rien n’a été consigné.',
    'chart.problem.not-what-it-says':
      'Le fichier n’est pas ce qu’il prétend être : son contenu n’est pas de type {type}. Rien n’a été conservé. Enregistrez-le dans ce format ou choisissez un autre fichier.',
    'chart.problem.empty-file': 'Le fichier est vide. Rien n’a été conservé. Choisissez un autre fichier.',
    'chart.problem.file-type':
      'Seuls les fichiers PDF, JPEG, PNG et texte (UTF-8) peuvent être versés au dossier. Rien n’a été conservé.',
    'chart.problem.no-such-upload':
      'Le fichier téléversé n’est plus là : il a déjà été classé, a été envoyé pour un autre horaire, ou attend depuis plus d’une heure. Envoyez-le de nouveau.',
    'chart.problem.withdrawn-already': 'Cette entrée est déjà marquée comme saisie par erreur.',
    'chart.problem.more-than-owed': 'Ce montant dépasse ce qui est dû. Rien n’a été consigné.',
    'chart.problem.not-owed':
      'Aucun paiement n’est possible pour cet acte : il n’est pas facturé. Rien n’a été consigné.',
    'chart.problem.no-integration':
      'Cette clinique n’a pas d’utilisateur d’intégration : personne ne pourrait récupérer ce qui est enregistré. Un administrateur du DME peut en ajouter un dans la gestion de la sécurité.',
    'chart.problem.cannot-save':
      'Une partie de ce que vous avez choisi n’est pas dans ce dossier, est marquée comme saisie par erreur, ou ne vous est pas accessible. Rien n’a été enregistré.',
    'chart.ocean.fetched':
      'Ce qui était enregistré pour ce patient a déjà été remis. La remise se fait une seule fois; enregistrez-le de nouveau dans le DME.',
    'chart.ocean.expired':
      'Ce qui était enregistré pour ce patient a expiré après une heure. Enregistrez-le de nouveau dans le DME.',
  },
);
