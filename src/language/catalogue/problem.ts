import { bothLanguages } from './both-languages.ts';

// Sentences that a server throws. Each says what happened, that nothing was changed where that is so, and the next step.
export const problemMessages = bothLanguages(
  {
    'problem.unknown':
      'Something went wrong on our side. Nothing more is known here; quote {id} when you ask for support.',
    'problem.invalid':
      'Some of what was sent cannot be used. Nothing was changed. Check the marked fields and try again.',
    'problem.invalid-json': 'What was sent could not be read as JSON. Nothing was changed.',
    'problem.not-found': 'There is nothing here under that address, or you may not see it.',
    'problem.unauthenticated': 'You are not signed in, or your session has ended. Sign in again.',
    'problem.bad-credentials': 'The user name or the password is not right.',
    'problem.too-many':
      'Too many tries. {seconds, plural, one {Wait # second} other {Wait # seconds}}, then try again.',
    'problem.precondition-failed': 'Somebody saved this before you. Nothing of yours was lost; compare both versions.',
    'problem.precondition-required':
      'This change must say which version it was made from (If-Match). Nothing was changed.',
    'problem.origin': 'This request came from another site and was refused. Nothing was changed.',
    'problem.body-too-large': 'What was sent is too large. The limit is {megabytes} MB. Nothing was changed.',
    'problem.media-type': 'This kind of content cannot be read here. Nothing was changed.',
    'problem.unavailable': 'The service is not ready at the moment. Nothing was changed. Try again shortly.',
    'problem.not-site-admin': 'Cloud Connect is for Site Admins of {site}. Ask one of them.',
    'problem.no-site': 'Your account is not a member of any site. Ask a Site Admin.',
    'problem.site-already-set-up': 'There is a site here already. Sign in as its Site Admin.',
    'problem.address-taken': 'There is an account with this address already.',
  },
  {
    'problem.unknown':
      'Une erreur s’est produite de notre côté. On n’en sait pas plus ici; mentionnez {id} si vous demandez de l’aide.',
    'problem.invalid':
      'Une partie de ce qui a été envoyé est inutilisable. Rien n’a été modifié. Vérifiez les champs signalés et réessayez.',
    'problem.invalid-json': 'Ce qui a été envoyé n’a pas pu être lu comme du JSON. Rien n’a été modifié.',
    'problem.not-found': 'Il n’y a rien à cette adresse, ou vous n’y avez pas accès.',
    'problem.unauthenticated': 'Vous n’êtes pas connecté, ou votre session est terminée. Connectez-vous de nouveau.',
    'problem.bad-credentials': 'Le nom d’utilisateur ou le mot de passe est inexact.',
    'problem.too-many':
      'Trop de tentatives. {seconds, plural, one {Attendez # seconde} other {Attendez # secondes}}, puis réessayez.',
    'problem.precondition-failed':
      'Quelqu’un a enregistré avant vous. Rien de ce que vous avez fait n’est perdu; comparez les deux versions.',
    'problem.precondition-required':
      'Cette modification doit indiquer de quelle version elle part (If-Match). Rien n’a été modifié.',
    'problem.origin': 'Cette demande venait d’un autre site et a été refusée. Rien n’a été modifié.',
    'problem.body-too-large':
      'Ce qui a été envoyé est trop volumineux. La limite est de {megabytes} Mo. Rien n’a été modifié.',
    'problem.media-type': 'Ce type de contenu ne peut pas être lu ici. Rien n’a été modifié.',
    'problem.unavailable': 'Le service n’est pas prêt pour le moment. Rien n’a été modifié. Réessayez sous peu.',
    'problem.not-site-admin': 'Cloud Connect est réservé aux administrateurs de {site}. Adressez-vous à l’un d’eux.',
    'problem.no-site': 'Votre compte ne fait partie d’aucun site. Adressez-vous à un administrateur de site.',
    'problem.site-already-set-up': 'Il y a déjà un site ici. Connectez-vous comme son administrateur.',
    'problem.address-taken': 'Un compte existe déjà avec cette adresse.',
  },
);
